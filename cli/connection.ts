import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { UsageError } from './usage-error.ts';

/** The folder of the local run's state and address, below the folder where it was started. */
export const localFolder = '.sluice';
export const connectionFile = join(localFolder, 'connection.json');

const localConnection = z.strictObject({ endpoint: z.url(), outputs: z.record(z.string(), z.string()) });

/** The stack outputs from which the CLI finds tables, queue and machines. infra/stack.ts defines the names. */
const variableOfOutput = {
  DEPLOYMENTS_TABLE: 'DeploymentsTable',
  AUDIT_TABLE: 'AuditTable',
  ARTIFACTS_BUCKET: 'ArtifactsBucket',
  DEPLOYMENT_MACHINE_ARN: 'DeploymentMachineArn',
  RELEASE_MACHINE_ARN: 'ReleaseMachineArn',
  ROLLBACK_MACHINE_ARN: 'RollbackMachineArn',
  APPROVAL_MACHINE_ARN: 'ApprovalMachineArn',
  MESSAGES_QUEUE_URL: 'MessagesQueueUrl',
  ISSUE_QUEUE_URL: 'IssueQueueUrl',
  BUS_NAME: 'BusName',
} as const;

export type Connection = z.infer<typeof localConnection>;

/** Points this process's AWS clients at the local Sluice, or at the account of an `--outputs` file of `cdk deploy`. */
export function connect(outputsFile: string | undefined): Record<string, string> {
  return connectTo(outputsFile ? stackOutputs(outputsFile) : localOutputs());
}

/** Sets the environment variables of the services from a stack's outputs. */
export function connectTo(outputs: Record<string, string>): Record<string, string> {
  for (const [variable, output] of Object.entries(variableOfOutput)) if (outputs[output]) process.env[variable] = outputs[output];
  return outputs;
}

function localOutputs(): Record<string, string> {
  if (!existsSync(connectionFile)) {
    throw new UsageError(
      'no Sluice is running here: start one with `npm start -- --keep`, or name an account with --outputs cdk-outputs.json',
    );
  }
  const { endpoint, outputs } = localConnection.parse(JSON.parse(readFileSync(connectionFile, 'utf8')));
  pointAt(endpoint);
  return outputs;
}

/** Points every AWS client of this process at a local endpoint, as the operator. */
export function pointAt(endpoint: string): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'operator',
    AWS_SECRET_ACCESS_KEY: 'operator',
  });
}

function stackOutputs(file: string): Record<string, string> {
  if (!existsSync(file)) throw new UsageError(`${file}: no such file; \`npm run deploy\` writes it`);
  const stacks = z.record(z.string(), z.record(z.string(), z.string())).safeParse(parsed(readFileSync(file, 'utf8')));
  const outputs = stacks.success ? stacks.data.Sluice : undefined;
  if (!outputs) throw new UsageError(`${file} has no outputs of the stack Sluice; use the file that \`cdk deploy --outputs-file\` wrote`);
  return outputs;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
