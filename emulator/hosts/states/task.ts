import { randomBytes, randomUUID } from 'node:crypto';
import type { Json, JsonObject } from './definition.ts';
import { StateFailure } from './failure.ts';
import type { Answer, Reply, Signal, Task } from './frame.ts';
import { resultOf } from './integrations.ts';
import { polled, submitted } from './jobs.ts';
import { type Resource, resourceOf } from './resource.ts';
import { outputEvent, scheduledEvents, taskEvent } from './task-events.ts';
import type { Outcome, StateHandler, Visit } from './visit.ts';

export const task: StateHandler = {
  async run(visit) {
    const { state, step, frame } = visit;
    const resource = resourceOf(state.Resource ?? '');
    if (!resource) throw new Error(`The engine cannot call ${state.Resource}`);
    const token = resource.pattern === 'waitForTaskToken' ? randomBytes(96).toString('base64') : undefined;
    const args = state.Arguments === undefined ? frame.input : await visit.evaluate(state.Arguments, 'Arguments', visit.scope({ token }));
    const timeoutSeconds = await visit.count('TimeoutSeconds');
    const heartbeatSeconds = await visit.count('HeartbeatSeconds');
    const { RoleArn: roleArn } = (await visit.evaluate(state.Credentials ?? {}, 'Credentials')) as { RoleArn?: string };
    frame.task = { attempt: randomUUID(), resource, arguments: args, token, heartbeatSeconds, roleArn };
    frame.phase = 'calling';
    scheduledEvents(visit, frame.task, timeoutSeconds);
    if (timeoutSeconds !== undefined) step.setTimer(frame.id, 'timeout', step.nowMs + 1000 * timeoutSeconds);
    awaitHeartbeat(visit);
    step.effects.push({ type: 'call', frame: frame.id });
    return 'waits';
  },

  async on(visit, signal) {
    const { task: current } = visit.frame;
    if (!current || ('attempt' in signal && signal.attempt !== current.attempt)) return 'waits';
    const { resource } = current;
    if (signal.type === 'timer') return onTimer(visit, resource, signal);
    if (signal.type === 'replied') return await onReply(visit, resource, current, signal.reply);
    if (signal.type === 'answered') return await settled(visit, resource, () => outputOf(signal.answer));
    if (signal.type === 'heartbeat') awaitHeartbeat(visit);
    return 'waits';
  },
};

async function onReply(visit: Visit, resource: Resource, current: Task, reply: Reply): Promise<Outcome> {
  if (current.job) return await settled(visit, resource, () => polled(visit, current, reply));
  return await settled(visit, resource, () => {
    const result = resultOf(resource, reply);
    if (resource.pattern === '') return result;
    outputEvent(visit, resource, 'Submitted', result);
    visit.frame.phase = 'waiting';
    if (resource.pattern !== 'waitForTaskToken') submitted(visit, current, result as JsonObject);
    return undefined;
  });
}

function outputOf(answer: Answer): Json {
  if ('output' in answer) return JSON.parse(answer.output);
  throw new StateFailure(answer.error, answer.cause);
}

/** Turns how a call ended into its event and the state's outcome; undefined leaves the task open. */
async function settled(visit: Visit, resource: Resource, work: () => Json | undefined): Promise<Outcome> {
  let result: Json | undefined;
  try {
    result = work();
    if (result === undefined) return 'waits';
    visit.within(result, resource.kind === 'function' ? resource.arn : resource.type);
  } catch (thrown) {
    if (thrown instanceof StateFailure) taskEvent(visit, resource, 'Failed', { error: thrown.error, cause: thrown.reason });
    throw thrown;
  }
  outputEvent(visit, resource, 'Succeeded', result);
  return await visit.exit(visit.state, result, visit.scope({ result, token: visit.frame.task?.token }));
}

function onTimer(visit: Visit, resource: Resource, { kind }: Extract<Signal, { type: 'timer' }>): Outcome {
  if (kind === 'poll') {
    visit.frame.phase = 'calling';
    visit.step.effects.push({ type: 'call', frame: visit.frame.id });
    return 'waits';
  }
  if (kind !== 'timeout' && kind !== 'heartbeat') return 'waits';
  taskEvent(visit, resource, 'TimedOut', { error: 'States.Timeout' });
  throw new StateFailure('States.Timeout', undefined, kind === 'heartbeat' ? 'States.HeartbeatTimeout' : undefined);
}

function awaitHeartbeat({ step, frame }: Visit): void {
  const seconds = frame.task?.heartbeatSeconds;
  if (seconds !== undefined) step.setTimer(frame.id, 'heartbeat', step.nowMs + 1000 * seconds);
}
