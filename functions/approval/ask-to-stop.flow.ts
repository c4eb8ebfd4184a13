import { askedBy, type Deployment, hasEnded, type StopRequest } from '#deployment/deployment';
import type { Change, Deployments } from '#deployment/deployments.port';
import type { Now } from '#platform/clock.port';
import { type EnvironmentName, environmentNames } from '#policy/policy';
import type { Locks } from '#release/locks.port';
import { stopRefused, withStop } from './stop-request.ts';
import { type WakePorts, wakeQuestion } from './wake-question.flow.ts';

export interface StopPorts extends WakePorts {
  readonly deployments: Deployments;
  readonly locks: Locks;
  readonly now: Now;
}

export type StopResult =
  | { readonly accepted: true; readonly deployment: Deployment }
  | { readonly accepted: false; readonly because: string; readonly deployment: Deployment };

/** Records a request to cancel or roll back, and wakes machines that wait on a token. A poll reads the request. */
export async function askToStop(
  ports: StopPorts,
  deploymentId: string,
  request: Omit<StopRequest, 'at'>,
  entryKey: string,
): Promise<StopResult> {
  const stopRequest = { ...request, at: ports.now().toISOString() };
  const recorded = await ports.deployments.record(deploymentId, { entryKey, actor: request.by }, (current) =>
    stopRefused(current, request.kind) ? undefined : withStopRecorded(current, stopRequest),
  );
  const because = recorded.stopRequest?.at === stopRequest.at ? undefined : stopRefused(recorded, request.kind);
  // Wake also for an earlier request: its caller may have crashed before it woke a machine.
  if (recorded.stopRequest && !hasEnded(recorded)) await wakeWaiting(ports, recorded);
  if (because) return { accepted: false, because, deployment: recorded };
  return { accepted: true, deployment: recorded };
}

function withStopRecorded(current: Deployment, stopRequest: StopRequest): Change {
  const next = withStop(current, stopRequest);
  const { approval } = next;
  const settled = approval && approval !== current.approval ? { approvalId: approval.approvalId, status: approval.status } : undefined;
  return { event: { type: 'StopRequested', ...stopRequest, approval: settled }, next };
}

async function wakeWaiting(ports: StopPorts, deployment: Deployment): Promise<void> {
  for (const environment of environmentNames) await wakeLockWaiter(ports, deployment, environment);
  await wakeQuestion(ports, deployment);
}

async function wakeLockWaiter(ports: StopPorts, deployment: Deployment, environment: EnvironmentName): Promise<void> {
  const waiter = await ports.locks.withdraw({ application: deployment.application, environment }, deployment.id);
  if (waiter && deployment.stopRequest) await ports.waker.wake(waiter.taskToken, { next: 'Stop', reason: askedBy(deployment.stopRequest) });
}
