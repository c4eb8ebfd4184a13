import type { Json } from './definition.ts';
import type { StateFailure } from './failure.ts';
import type { Resource } from './resource.ts';
import type { Visit } from './visit.ts';

const UNTRUNCATED = { truncated: false };

const named = ({ type, name }: Resource) => ({ resource: name, resourceType: type });

/** Appends that a call is scheduled and started; both are committed before the call is made. */
export function scheduledEvents(visit: Visit, resource: Resource, args: Json, timeout?: number, heartbeat?: number): void {
  const limits = { timeoutInSeconds: timeout, heartbeatInSeconds: heartbeat };
  const { step, frame, region } = visit;
  if (resource.kind === 'function') {
    const details = { resource: resource.arn, input: JSON.stringify(args), inputDetails: UNTRUNCATED, ...limits };
    step.event('LambdaFunctionScheduled', details, frame.cursor, frame);
    step.event('LambdaFunctionStarted', undefined, frame.cursor, frame);
    return;
  }
  step.event('TaskScheduled', { ...named(resource), region, parameters: JSON.stringify(args), ...limits }, frame.cursor, frame);
  step.event('TaskStarted', named(resource), frame.cursor, frame);
}

/** Appends that a `.sync` or token call was accepted. */
export function submittedEvent({ step, frame }: Visit, resource: Resource, output: Json): void {
  step.event('TaskSubmitted', { ...named(resource), output: JSON.stringify(output), outputDetails: UNTRUNCATED }, frame.cursor, frame);
}

export function succeededEvent({ step, frame }: Visit, resource: Resource, output: Json): void {
  const details = { output: JSON.stringify(output), outputDetails: UNTRUNCATED };
  if (resource.kind === 'function') step.event('LambdaFunctionSucceeded', details, frame.cursor, frame);
  else step.event('TaskSucceeded', { ...named(resource), ...details }, frame.cursor, frame);
}

export function failedEvent({ step, frame }: Visit, resource: Resource, { error, reason }: StateFailure): void {
  const details = { error, cause: reason };
  if (resource.kind === 'function') step.event('LambdaFunctionFailed', details, frame.cursor, frame);
  else step.event('TaskFailed', { ...named(resource), ...details }, frame.cursor, frame);
}

export function timedOutEvent({ step, frame }: Visit, resource: Resource, { error, reason }: StateFailure): void {
  const details = { error, cause: reason };
  if (resource.kind === 'function') step.event('LambdaFunctionTimedOut', details, frame.cursor, frame);
  else step.event('TaskTimedOut', { ...named(resource), ...details }, frame.cursor, frame);
}
