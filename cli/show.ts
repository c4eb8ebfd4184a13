import { deploymentLog } from '#report/deployment-log';
import { deployments } from '#services';
import { healthChart } from './chart.ts';
import { connect } from './connection.ts';
import { narrate } from './narrate.ts';

/** Prints a deployment's record and its story line by line. With `--json`, prints the deployment log (R-LOG-1). */
export async function showDeployment(id: string, options: { outputs?: string; json?: boolean }): Promise<void> {
  connect(options.outputs);
  const deployment = await deployments().read(id);
  if (options.json) return console.log(JSON.stringify(deploymentLog(deployment), null, 2));
  console.log(`${deployment.id}  ${deployment.status}\n${deployment.issue.title}\n${deployment.outcomeReason ?? ''}\n`);
  const rows = await deployments().trail(id);
  for (const row of rows) console.log(`${row.at.slice(11, 19)}  ${row.actor.padEnd(24)} ${narrate(row.event)}`);
  console.log(healthChart(deployment, rows).join('\n'));
}
