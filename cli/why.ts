import { explain, explanation } from '#report/why';
import { deployments } from '#services';
import { healthChart } from './chart.ts';
import { connect } from './connection.ts';

/** Prints each rule and number behind each decision of a deployment, with `--json` as objects. */
export async function explainDeployment(id: string, options: { outputs?: string; json?: boolean }): Promise<void> {
  connect(options.outputs);
  const [deployment, rows] = await Promise.all([deployments().read(id), deployments().trail(id)]);
  if (options.json) return console.log(JSON.stringify(explanation(deployment, rows), null, 2));
  console.log([...explain(deployment, rows), ...healthChart(deployment, rows)].join('\n'));
}
