import { randomUUID } from 'node:crypto';
import { type ApiCall, ApiError } from '../host.ts';
import type { Execution } from './frame.ts';
import { checkName, checkPayload, executionOf, machineOf, page, type Service, seconds, type WireRequest } from './service.ts';
import { MOST_EVENTS } from './step.ts';

const REDRIVABLE_MS = 14 * 86_400_000;
const MOST_REDRIVES = 1000;

export function StartExecution(service: Service, request: WireRequest, call: ApiCall) {
  const fresh = newExecution(service, request, call.headers['x-amz-source-task']);
  const { arn, input, startedBy } = fresh;
  const known = (startedBy && service.journal.executionStartedBy(startedBy)) || service.journal.execution(arn);
  if (!known) service.engine.start(fresh);
  else if (!isSame(known, input, startedBy)) throw new ApiError('ExecutionAlreadyExists', `Execution Already Exists: '${known.arn}'`);
  const started = known ?? fresh;
  return { executionArn: started.arn, startDate: seconds(started.startMs) };
}

/** A running execution of the same name and input is the same one. So is one that this task attempt started. */
const isSame = (known: Execution, input: string, startedBy: string | undefined): boolean =>
  startedBy !== undefined && known.startedBy === startedBy ? true : known.status === 'RUNNING' && known.input === input;

function newExecution(service: Service, request: WireRequest, startedBy?: string): Execution {
  const { stateMachineArn, name = randomUUID(), input = '{}', traceHeader } = request;
  const { arn, name: machineName, revision } = machineOf(service, stateMachineArn);
  const refuse = (why: string) => new ApiError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${why}'`);
  return {
    arn: `${arn.replace(':stateMachine:', ':execution:')}:${checkName(name)}`,
    name,
    input: checkPayload(input, 'input', refuse),
    machineArn: arn,
    machineName,
    revision,
    roleArn: service.journal.revision(revision).roleArn,
    startMs: service.context.clock.nowMs(),
    traceHeader,
    startedBy: startedBy || undefined,
    status: 'RUNNING',
    redriveCount: 0,
    draws: 0,
    lastEvent: 0,
    lastFrame: 0,
  };
}

export async function StopExecution(service: Service, { executionArn, error, cause }: WireRequest) {
  const execution = executionOf(service, executionArn);
  if (execution.status === 'RUNNING') await service.engine.abort(execution.arn, error, cause);
  return { stopDate: seconds(executionOf(service, executionArn).stopMs) };
}

const summary = ({ arn, machineArn, name, status, startMs, stopMs, redriveCount, redriveMs }: Execution) => ({
  executionArn: arn,
  stateMachineArn: machineArn,
  name,
  status,
  redriveCount,
  startDate: seconds(startMs),
  stopDate: seconds(stopMs),
  redriveDate: seconds(redriveMs),
});

export function DescribeExecution(service: Service, { executionArn }: WireRequest) {
  const execution = executionOf(service, executionArn);
  const { input, output, error, cause, traceHeader } = execution;
  const included = { included: true };
  const outputDetails = output === undefined ? undefined : included;
  const reason = whyNotRedrivable(service, execution);
  const redrive = { redriveStatus: reason ? 'NOT_REDRIVABLE' : 'REDRIVABLE', redriveStatusReason: reason };
  return { ...summary(execution), input, inputDetails: included, output, outputDetails, error, cause, traceHeader, ...redrive };
}

function whyNotRedrivable({ context }: Service, { status, stopMs = 0, redriveCount, lastEvent }: Execution): string | undefined {
  if (status === 'RUNNING' || status === 'SUCCEEDED') return `Execution is ${status} and cannot be redriven`;
  if (context.clock.nowMs() - stopMs > REDRIVABLE_MS) return 'Execution has exceeded the redrivable period of 14 days';
  if (lastEvent >= MOST_EVENTS - 1) return `Execution history event limit of ${MOST_EVENTS} exceeded`;
  return redriveCount >= MOST_REDRIVES ? `Execution has been redriven ${MOST_REDRIVES} times` : undefined;
}

export async function RedriveExecution(service: Service, { executionArn }: WireRequest) {
  const reason = whyNotRedrivable(service, executionOf(service, executionArn));
  if (reason) throw new ApiError('ExecutionNotRedrivable', reason);
  await service.engine.redrive(executionArn);
  return { redriveDate: seconds(executionOf(service, executionArn).redriveMs) };
}

export function ListExecutions(service: Service, { stateMachineArn, statusFilter, ...request }: WireRequest) {
  const { arn } = machineOf(service, stateMachineArn);
  const { found, nextToken } = page(request, (offset, limit) => service.journal.executions(arn, statusFilter, offset, limit));
  return { executions: found.map(summary), nextToken };
}

const DATA = new Set(['input', 'inputDetails', 'output', 'outputDetails', 'parameters', 'assignedVariables', 'assignedVariablesDetails']);
const withoutData = (events: object[]) => JSON.parse(JSON.stringify(events, (name, value) => (DATA.has(name) ? undefined : value)));

export function GetExecutionHistory(service: Service, request: WireRequest) {
  const { executionArn, reverseOrder = false, includeExecutionData = true } = request;
  const { arn, lastEvent } = executionOf(service, executionArn);
  const { found, nextToken } = page(request, (offset, limit) => {
    const [from, to] = reverseOrder ? [lastEvent - offset - limit + 1, lastEvent - offset] : [offset + 1, offset + limit];
    return service.journal.events(arn, from, to, reverseOrder);
  });
  return { events: includeExecutionData ? found : withoutData(found), nextToken };
}
