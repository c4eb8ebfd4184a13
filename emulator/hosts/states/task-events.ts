import type { Json } from './definition.ts';
import type { Task } from './frame.ts';
import type { Resource } from './resource.ts';
import type { Visit } from './visit.ts';

export const UNTRUNCATED = { truncated: false };

/** Appends an event of the task family; a plain function ARN has names and details of its own. */
export function taskEvent({ step, frame }: Visit, { kind, type, name }: Resource, what: string, details?: object): void {
  if (kind === 'function') step.event(`LambdaFunction${what}`, details, frame.cursor, frame);
  else step.event(`Task${what}`, { resource: name, resourceType: type, ...details }, frame.cursor, frame);
}

/** Appends that a call is scheduled and started; both are committed before the call is made. */
export function scheduledEvents(visit: Visit, { resource, heartbeatSeconds, roleArn, ...task }: Task, timeoutInSeconds?: number): void {
  const text = JSON.stringify(task.arguments);
  const limits = { timeoutInSeconds, taskCredentials: roleArn && { roleArn } };
  const details =
    resource.kind === 'function'
      ? { resource: resource.arn, input: text, inputDetails: UNTRUNCATED, ...limits }
      : { region: visit.step.execution.arn.split(':')[3], parameters: text, ...limits, heartbeatInSeconds: heartbeatSeconds };
  taskEvent(visit, resource, 'Scheduled', details);
  taskEvent(visit, resource, 'Started');
}

export function outputEvent(visit: Visit, resource: Resource, what: 'Submitted' | 'Succeeded', output: Json): void {
  taskEvent(visit, resource, what, { output: JSON.stringify(output), outputDetails: UNTRUNCATED });
}
