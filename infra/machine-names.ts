import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { MachineName } from '../statemachine/definitions.ts';

export type MachineId = Capitalize<MachineName>;

/** Names a machine after its stack and file, so that the ARNs of its executions are known before it exists. */
export const machineName = (scope: Construct, name: MachineName): string => `${Stack.of(scope).stackName}-${name}`;

/** ARNs of all executions of one machine. */
export function executionsOf(scope: Construct, id: MachineId): string {
  const resourceName = `${machineName(scope, id.toLowerCase() as MachineName)}:*`;
  return Stack.of(scope).formatArn({ service: 'states', resource: 'execution', resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}
