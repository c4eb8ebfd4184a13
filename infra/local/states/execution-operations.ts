import { randomUUID } from 'node:crypto';
import { type ApiCall, ApiError } from '../host.ts';
import type { Execution } from './frame.ts';
import type { Machine } from './journal.ts';
import {
  checkName,
  checkPayload,
  executionOf,
  machineOf,
  offsetIn,
  pageSize,
  type Service,
  seconds,
  tokenOf,
  type WireRequest,
} from './service.ts';
import { MOST_EVENTS } from './step.ts';

const REDRIVABLE_MS = 14 * 86_400_000;
const MOST_REDRIVES = 1000;

export const executionOperations = { StartExecution, StopExecution, DescribeExecution, ListExecutions, RedriveExecution };

function StartExecution(service: Service, request: WireRequest, call: ApiCall) {
  const machine = machineOf(service, request.stateMachineArn);
  const name = request.name === undefined ? randomUUID() : checkName(request.name);
  const input = checkPayload(
    request.input ?? '{}',
    'input',
    'InvalidExecutionInput',
    (why) => `Invalid State Machine Execution Input: '${why}'`,
  );
  const starter = call.headers['x-amz-source-task'];
  const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
  const known = (starter && service.journal.executionStartedBy(starter)) || service.journal.execution(arn);
  const execution = known ? sameExecution(known, input, starter) : begin(service, machine, { arn, name, input, request }, starter);
  return { executionArn: execution.arn, startDate: seconds(execution.startMs) };
}

/** A running execution of the same name and input is that execution; so is one that this very task attempt has started. */
function sameExecution(known: Execution, input: string, starter: string | undefined): Execution {
  if (starter && known.startedBy === starter) return known;
  if (known.status === 'RUNNING' && known.input === input) return known;
  throw new ApiError('ExecutionAlreadyExists', `Execution Already Exists: '${known.arn}'`);
}

function begin(
  { engine, journal, context }: Service,
  machine: Machine,
  { arn, name, input, request }: { arn: string; name: string; input: string; request: WireRequest },
  startedBy: string | undefined,
): Execution {
  const execution: Execution = {
    arn,
    name,
    input,
    machineArn: machine.arn,
    machineName: machine.name,
    revision: machine.revision,
    roleArn: journal.revision(machine.revision)?.roleArn ?? '',
    startMs: context.clock.nowMs(),
    traceHeader: request.traceHeader,
    startedBy,
    status: 'RUNNING',
    redriveCount: 0,
    draws: 0,
    lastEvent: 0,
    lastFrame: 0,
  };
  engine.start(execution);
  return execution;
}

async function StopExecution(service: Service, { executionArn, error, cause }: WireRequest) {
  const execution = executionOf(service, executionArn);
  if (execution.status === 'RUNNING') await service.engine.abort(execution.arn, error, cause);
  return { stopDate: seconds(executionOf(service, executionArn).stopMs) };
}

function DescribeExecution(service: Service, { executionArn }: WireRequest) {
  const { arn, machineArn, name, status, startMs, stopMs, redriveMs, input, output, error, cause, traceHeader, redriveCount } = executionOf(
    service,
    executionArn,
  );
  return {
    executionArn: arn,
    stateMachineArn: machineArn,
    name,
    status,
    startDate: seconds(startMs),
    stopDate: seconds(stopMs),
    input,
    inputDetails: { included: true },
    output,
    ...(output !== undefined && { outputDetails: { included: true } }),
    error,
    cause,
    traceHeader,
    redriveCount,
    redriveDate: seconds(redriveMs),
    ...redriveStatus(service, executionOf(service, executionArn)),
  };
}

function redriveStatus({ context }: Service, { status, stopMs = 0, redriveCount, lastEvent }: Execution) {
  if (status === 'RUNNING' || status === 'SUCCEEDED')
    return { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: `Execution is ${status} and cannot be redriven` };
  if (context.clock.nowMs() - stopMs > REDRIVABLE_MS)
    return { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: 'Execution has exceeded the redrivable period of 14 days' };
  if (lastEvent >= MOST_EVENTS - 1)
    return { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: `Execution history event limit of ${MOST_EVENTS} exceeded` };
  if (redriveCount >= MOST_REDRIVES)
    return { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: `Execution has been redriven ${MOST_REDRIVES} times` };
  return { redriveStatus: 'REDRIVABLE' };
}

async function RedriveExecution(service: Service, { executionArn }: WireRequest) {
  const execution = executionOf(service, executionArn);
  const { redriveStatusReason } = redriveStatus(service, execution) as { redriveStatusReason?: string };
  if (redriveStatusReason) throw new ApiError('ExecutionNotRedrivable', redriveStatusReason);
  await service.engine.redrive(execution.arn);
  return { redriveDate: seconds(executionOf(service, executionArn).redriveMs) };
}

function ListExecutions(service: Service, { stateMachineArn, statusFilter, nextToken, maxResults }: WireRequest) {
  const machine = machineOf(service, stateMachineArn);
  const offset = offsetIn(nextToken);
  const limit = pageSize(maxResults);
  const found = service.journal.executions(machine.arn, statusFilter, offset, limit + 1);
  const executions = found.slice(0, limit).map((execution) => ({
    executionArn: execution.arn,
    stateMachineArn: execution.machineArn,
    name: execution.name,
    status: execution.status,
    startDate: seconds(execution.startMs),
    stopDate: seconds(execution.stopMs),
    redriveCount: execution.redriveCount,
    redriveDate: seconds(execution.redriveMs),
  }));
  return { executions, nextToken: found.length > limit ? tokenOf(offset + limit) : undefined };
}
