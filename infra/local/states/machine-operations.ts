import { createHash } from 'node:crypto';
import { ApiError } from '../host.ts';
import type { Machine, Revision } from './journal.ts';
import {
  checkName,
  executionOf,
  machineOf,
  offsetIn,
  pageSize,
  revisionOf,
  type Service,
  seconds,
  tokenOf,
  type WireRequest,
} from './service.ts';
import { definitionProblems } from './validation.ts';

const CONFIGURATION = {
  loggingConfiguration: { level: 'OFF', includeExecutionData: false },
  tracingConfiguration: { enabled: false },
  encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
};

export const machineOperations = {
  CreateStateMachine,
  UpdateStateMachine,
  DescribeStateMachine,
  ListStateMachines,
  DeleteStateMachine,
  DescribeStateMachineForExecution,
};

function CreateStateMachine(service: Service, request: WireRequest) {
  const name = checkName(request.name);
  if (request.type && request.type !== 'STANDARD')
    throw new ApiError('StateMachineTypeNotSupported', `State Machine Type Not Supported: '${request.type}' is not supported locally`);
  const arn = arnOfMachine(service, name);
  const existing = service.journal.machine(arn);
  if (existing) refuseDifference(service, existing, request);
  const machine = existing ?? putMachine(service, name, request.definition, request.roleArn);
  return { stateMachineArn: arn, creationDate: seconds(machine.createdMs) };
}

function refuseDifference(service: Service, existing: Machine, { definition, roleArn }: WireRequest): void {
  const current = revisionOf(service, existing.revision);
  if (current.definition === definition && current.roleArn === roleArn) return;
  throw new ApiError('StateMachineAlreadyExists', `State Machine Already Exists: '${existing.arn}'`);
}

/** Creates a machine, or gives an existing one a new definition that later executions run. */
export function putMachine(service: Service, name: string, definition: string, roleArn: string): Machine {
  const problems = definitionProblems(definition);
  if (problems.length > 0) throw new ApiError('InvalidDefinition', `Invalid State Machine Definition: '${problems.join(', ')}'`);
  const arn = arnOfMachine(service, name);
  const nowMs = service.context.clock.nowMs();
  const existing = service.journal.machine(arn);
  const revision = `${arn}#${createHash('sha256').update(`${roleArn}\n${definition}`).digest('hex').slice(0, 32)}`;
  const machine: Machine = { arn, name, createdMs: existing?.createdMs ?? nowMs, revision };
  const details: Revision = { revision, machine: arn, definition, roleArn, updatedMs: nowMs };
  service.journal.saveMachine(machine, details);
  return machine;
}

function UpdateStateMachine(service: Service, { stateMachineArn, definition, roleArn }: WireRequest) {
  const machine = machineOf(service, stateMachineArn);
  if (definition === undefined && roleArn === undefined)
    throw new ApiError(
      'MissingRequiredParameter',
      'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
    );
  const current = revisionOf(service, machine.revision);
  const updated = putMachine(service, machine.name, definition ?? current.definition, roleArn ?? current.roleArn);
  return { updateDate: seconds(service.context.clock.nowMs()), revisionId: revisionId(updated.revision) };
}

function DescribeStateMachine(service: Service, { stateMachineArn }: WireRequest) {
  const { arn, name, createdMs, revision } = machineOf(service, stateMachineArn);
  const { definition, roleArn } = revisionOf(service, revision);
  return {
    stateMachineArn: arn,
    name,
    status: 'ACTIVE',
    definition,
    roleArn,
    type: 'STANDARD',
    creationDate: seconds(createdMs),
    ...CONFIGURATION,
    revisionId: revisionId(revision),
  };
}

function DescribeStateMachineForExecution(service: Service, { executionArn }: WireRequest) {
  const { machineArn, machineName, revision } = executionOf(service, executionArn);
  const { definition, roleArn, updatedMs } = revisionOf(service, revision);
  return {
    stateMachineArn: machineArn,
    name: machineName,
    definition,
    roleArn,
    updateDate: seconds(updatedMs),
    ...CONFIGURATION,
    revisionId: revisionId(revision),
  };
}

function ListStateMachines(service: Service, { nextToken, maxResults }: WireRequest) {
  const offset = offsetIn(nextToken);
  const limit = pageSize(maxResults);
  const found = service.journal.machines(offset, limit + 1);
  const stateMachines = found.slice(0, limit).map(({ arn, name, createdMs }) => ({
    stateMachineArn: arn,
    name,
    type: 'STANDARD',
    creationDate: seconds(createdMs),
  }));
  return { stateMachines, nextToken: found.length > limit ? tokenOf(offset + limit) : undefined };
}

/** Deletes a machine; its executions run to their end, where AWS keeps the machine as DELETING. */
function DeleteStateMachine(service: Service, { stateMachineArn }: WireRequest) {
  service.journal.file.run('delete from machines where arn = ?', stateMachineArn);
  return {};
}

const arnOfMachine = ({ context }: Service, name: string) => `arn:aws:states:${context.region}:${context.account}:stateMachine:${name}`;

const revisionId = (revision: string) => revision.slice(revision.indexOf('#') + 1);
