import { explain } from '#domain/why';
import { deployments } from '#support/services';
import { connect } from './connection.ts';

/** Prints each rule and number behind each decision of a deployment. */
export async function explainDeployment(id: string, options: { outputs?: string; json?: boolean }): Promise<void> {
  connect(options.outputs);
  const lines = explain(await deployments().read(id), await deployments().trail(id));
  console.log(options.json ? JSON.stringify(lines, null, 2) : lines.join('\n'));
}
