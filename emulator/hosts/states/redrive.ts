import type { Frame } from './frame.ts';
import type { Step } from './step.ts';

/** Sets an execution running again. Each line of control resumes at its unsuccessful state, with all retries. */
export function redrive(step: Step, frames: Frame[]): void {
  const { execution, nowMs } = step;
  const redriveCount = execution.redriveCount + 1;
  Object.assign(execution, { status: 'RUNNING', redriveCount, redriveMs: nowMs, error: undefined, cause: undefined, stopMs: undefined });
  step.event('ExecutionRedriven', { redriveCount }, execution.lastEvent);
  step.effects.push({ type: 'statusChanged' });
  const parents = new Set(frames.map(({ parent }) => parent));
  for (const { id } of frames.filter((frame) => !parents.has(frame.id))) rerun(step, step.frame(id));
}

function rerun(step: Step, frame: Frame): void {
  const siblings = frame.parent === undefined ? undefined : step.frame(frame.parent).children;
  if (siblings) siblings.failed = siblings.failed.filter((index) => index !== frame.index);
  Object.assign(frame, { retries: [], retryCount: 0, phase: frame.phase === 'ready' ? 'ready' : 'again', children: undefined });
  step.effects.push({ type: 'run', frame: frame.id });
}
