import type { Json, JsonObject } from './definition.ts';
import { StateFailure } from './failure.ts';
import type { Execution, Reply, Task } from './frame.ts';
import { jsonRequest, type Request, resultOf } from './integrations.ts';
import type { Visit } from './visit.ts';

const POLL_MS = 2000;

/** Waits for the work of a `.sync` task. A child execution reports its end; a build is polled. */
export function submitted({ step, frame }: Visit, task: Task, result: JsonObject): void {
  const child = result.ExecutionArn;
  if (typeof child === 'string') {
    task.job = child;
    step.effects.push({ type: 'ended', execution: child });
  } else {
    task.job = String((result.Build as JsonObject).Id);
    step.setTimer(frame.id, 'poll', step.nowMs + POLL_MS);
  }
}

export const pollRequest = (job: string): Request => jsonRequest('codebuild', 'batchGetBuilds', { Ids: [job] });

export function stopRequest({ resource, job = '' }: Task, execution: string): Request {
  if (resource.type === 'codebuild') return jsonRequest('codebuild', 'stopBuild', { Id: job });
  const Cause = `The Task state in AWS Step Functions execution [${execution}] which was managing this resource was aborted`;
  return jsonRequest('states', 'stopExecution', { ExecutionArn: job, Cause });
}

export function polled({ step, frame }: Visit, task: Task, reply: Reply): Json | undefined {
  const unanswered = reply.status >= 500 || /Throttling/.test(reply.headers['x-amzn-errortype'] ?? '');
  const { Builds: [build = {}] = [] } = unanswered ? {} : (resultOf(task.resource, reply) as { Builds?: JsonObject[] });
  frame.phase = 'waiting';
  if (unanswered || build.BuildStatus === 'IN_PROGRESS') {
    step.setTimer(frame.id, 'poll', step.nowMs + POLL_MS);
    return undefined;
  }
  task.job = undefined;
  const result = { Build: build };
  if (build.BuildStatus !== 'SUCCEEDED') throw new StateFailure('States.TaskFailed', JSON.stringify(result));
  return result;
}

export function childAnswer(child: Execution, parsed: boolean): { output: string } | { error: string; cause: string } {
  const succeeded = child.status === 'SUCCEEDED';
  const description = JSON.stringify(describe(child, succeeded, (text) => (parsed && succeeded ? JSON.parse(text) : text)));
  return succeeded ? { output: description } : { error: 'States.TaskFailed', cause: description };
}

function describe(child: Execution, succeeded: boolean, read: (text: string) => Json) {
  const { arn, input, name, output, startMs, machineArn, status, stopMs, error, cause, redriveCount } = child;
  return {
    Cause: cause,
    Error: error,
    ExecutionArn: arn,
    Input: read(input),
    InputDetails: { Included: true },
    Name: name,
    ...(output !== undefined && { Output: read(output), OutputDetails: { Included: true } }),
    RedriveCount: redriveCount,
    RedriveStatus: succeeded ? 'NOT_REDRIVABLE' : 'REDRIVABLE',
    RedriveStatusReason: succeeded ? 'Execution is SUCCEEDED and cannot be redriven' : undefined,
    StartDate: startMs,
    StateMachineArn: machineArn,
    Status: status,
    StopDate: stopMs,
  };
}
