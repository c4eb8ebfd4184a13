import { ApiError } from '../host.ts';
import type { Machine } from './journal.ts';
import { arnOfMachine, putMachine, revisionId } from './machines.ts';
import { checkName, executionOf, machineOf, page, type Service, seconds, type WireRequest } from './service.ts';
import { definitionProblems } from './validation.ts';

export function CreateStateMachine(service: Service, { type = 'STANDARD', definition, roleArn, ...request }: WireRequest) {
  const name = checkName(request.name);
  if (type !== 'STANDARD')
    throw new ApiError('StateMachineTypeNotSupported', `State Machine Type Not Supported: '${type}' does not run locally`);
  const existing = service.journal.machine(arnOfMachine(service, name));
  const current = existing && service.journal.revision(existing.revision);
  if (current && current.definition !== definition)
    throw new ApiError('StateMachineAlreadyExists', `State Machine Already Exists: '${existing.arn}'`);
  const { arn, createdMs } = existing ?? putMachine(service, name, definition, roleArn);
  return { stateMachineArn: arn, creationDate: seconds(createdMs) };
}

export function UpdateStateMachine(service: Service, { stateMachineArn, definition, roleArn }: WireRequest) {
  const { name, revision } = machineOf(service, stateMachineArn);
  if (definition === undefined && roleArn === undefined)
    throw new ApiError('MissingRequiredParameter', 'Either the definition or the role ARN must be specified');
  const current = service.journal.revision(revision);
  const updated = putMachine(service, name, definition ?? current.definition, roleArn ?? current.roleArn);
  return { updateDate: seconds(service.context.clock.nowMs()), revisionId: revisionId(updated.revision) };
}

export function DescribeStateMachine(service: Service, { stateMachineArn }: WireRequest) {
  const machine = machineOf(service, stateMachineArn);
  return { ...summary(machine), ...describe(service, machine.arn, machine.name, machine.revision), status: 'ACTIVE' };
}

export function DescribeStateMachineForExecution(service: Service, { executionArn }: WireRequest) {
  const { machineArn, machineName, revision } = executionOf(service, executionArn);
  return { ...describe(service, machineArn, machineName, revision), updateDate: seconds(service.journal.revision(revision).updatedMs) };
}

function describe(service: Service, stateMachineArn: string, name: string, revision: string) {
  const { definition, roleArn } = service.journal.revision(revision);
  return {
    stateMachineArn,
    name,
    definition,
    roleArn,
    revisionId: revisionId(revision),
    loggingConfiguration: { level: 'OFF', includeExecutionData: false },
    tracingConfiguration: { enabled: false },
    encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
  };
}

export function ListStateMachines({ journal }: Service, request: WireRequest) {
  const { found, nextToken } = page(request, journal.machines);
  return { stateMachines: found.map(summary), nextToken };
}

const summary = ({ arn, name, createdMs }: Machine) => ({ stateMachineArn: arn, name, type: 'STANDARD', creationDate: seconds(createdMs) });

export function ValidateStateMachineDefinition(_: Service, { definition }: WireRequest) {
  const diagnostics = definitionProblems(definition).map((problem) => {
    const [, code, message, location] = /^(\w+): (.*?)(?: at (\/.*|null))?$/s.exec(problem) ?? [];
    return { severity: 'ERROR', code, message, location: location === 'null' ? undefined : location };
  });
  return { result: diagnostics.length > 0 ? 'FAIL' : 'OK', diagnostics, truncated: false };
}

/** Deletes a machine; its executions run to their end, where AWS keeps the machine as DELETING. */
export function DeleteStateMachine({ journal }: Service, { stateMachineArn }: WireRequest) {
  journal.file.run('delete from machines where arn = ?', stateMachineArn);
  return {};
}
