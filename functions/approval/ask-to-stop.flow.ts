import { type Deployment, hasEnded, type StopRequest } from '#deployment/deployment';
import type { Change } from '#deployment/deployments.port';
import { type EnvironmentName, environmentNames } from '#policy/policy';
import { deployments, locks, now, waker } from '#services';
import { askedBy, stopRefused, withStop } from './stop-request.ts';
import { wakeQuestion } from './wake-question.flow.ts';

export type StopAnswer =
  | { readonly accepted: true; readonly deployment: Deployment }
  | { readonly accepted: false; readonly because: string; readonly deployment: Deployment };

/** Writes a cancel or rollback down, by whichever way it was asked for, and wakes whatever waits on a token; polls see it by themselves. */
export async function requestStop(deploymentId: string, request: Omit<StopRequest, 'at'>, place: string): Promise<StopAnswer> {
  const stopRequest = { ...request, at: now().toISOString() };
  const recorded = await deployments().record(deploymentId, { place, actor: request.by }, (current) =>
    stopRefused(current, request.kind) ? undefined : stopped(current, stopRequest),
  );
  const because = recorded.stopRequest?.at === stopRequest.at ? undefined : stopRefused(recorded, request.kind);
  // Also when it was asked for before: whoever asked may have been cut off before waking anything.
  if (recorded.stopRequest && !hasEnded(recorded)) await wakeWaiting(recorded);
  if (because) return { accepted: false, because, deployment: recorded };
  return { accepted: true, deployment: recorded };
}

function stopped(current: Deployment, stopRequest: StopRequest): Change {
  const next = withStop(current, stopRequest);
  const { approval } = next;
  const settled = approval && approval !== current.approval ? { approvalId: approval.approvalId, status: approval.status } : undefined;
  return { event: { type: 'StopRequested', ...stopRequest, approval: settled }, next };
}

async function wakeWaiting(deployment: Deployment): Promise<void> {
  for (const environment of environmentNames) await wakeLockWaiter(deployment, environment);
  await wakeQuestion(deployment);
}

async function wakeLockWaiter(deployment: Deployment, environment: EnvironmentName): Promise<void> {
  const waiter = await locks().withdraw({ application: deployment.application, environment }, deployment.id);
  if (waiter && deployment.stopRequest) await waker().wake(waiter.taskToken, { next: 'Stop', reason: askedBy(deployment.stopRequest) });
}
