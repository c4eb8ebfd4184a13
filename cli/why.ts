import { explain } from '#report/why';
import { deployments } from '#services';
import { healthChart } from './chart.ts';
import { connect } from './connection.ts';

/** Prints each rule and number behind each decision of a deployment. */
export async function explainDeployment(id: string, options: { outputs?: string; json?: boolean }): Promise<void> {
  connect(options.outputs);
  const [deployment, rows] = await Promise.all([deployments().read(id), deployments().trail(id)]);
  const lines = explain(deployment, rows);
  console.log(options.json ? JSON.stringify(lines, null, 2) : [...lines, ...healthChart(deployment, rows)].join('\n'));
}
