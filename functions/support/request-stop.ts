import { enterStage } from '#domain/current-release';
import { type Deployment, hasEnded, type StopRequest } from '#domain/deployment';
import { type EnvironmentName, environmentNames } from '#domain/policy';
import { deployments, locks, now, records, waker } from './services.ts';

export type StopAnswer =
  | { readonly accepted: true; readonly deployment: Deployment }
  | { readonly accepted: false; readonly because: string };

/** Writes an operator's cancel or rollback down and wakes whatever waits on a token; polls see it by themselves. */
export async function requestStop(deploymentId: string, request: Omit<StopRequest, 'at'>, place: string): Promise<StopAnswer> {
  const stopRequest = { ...request, at: now().toISOString() };
  const recorded = await deployments().record(deploymentId, { place, actor: request.by }, (current) => {
    if (refusal(current, request.kind)) return undefined;
    return {
      event: { type: 'StopRequested', ...stopRequest },
      next: { ...enterStage(current, current.status, stopRequest.at), stopRequest },
    };
  });
  const because = recorded.stopRequest?.at === stopRequest.at ? undefined : refusal(recorded, request.kind);
  if (because) return { accepted: false, because };
  await wakeWaiting(recorded);
  return { accepted: true, deployment: recorded };
}

function refusal(current: Deployment, kind: StopRequest['kind']): string | undefined {
  if (current.stopRequest)
    return `${current.stopRequest.kind} was already asked for by ${current.stopRequest.by} at ${current.stopRequest.at}`;
  if (hasEnded(current)) return `it has ended already: ${current.status}; submit a new issue to change what serves`;
  if (kind === 'cancel' && current.status === 'Verifying') return 'it serves all production traffic already; ask for a rollback instead';
  return undefined;
}

async function wakeWaiting(deployment: Deployment): Promise<void> {
  for (const environment of environmentNames) await wakeLockWaiter(deployment, environment);
  if (deployment.approval?.status !== 'PENDING') return;
  const held = await records().findToken(deployment.approval.approvalId);
  if (held) await waker().wake(held.taskToken, { woken: true });
}

async function wakeLockWaiter(deployment: Deployment, environment: EnvironmentName): Promise<void> {
  const waiter = await locks().withdraw({ application: deployment.application, environment }, deployment.id);
  if (waiter)
    await waker().wake(waiter.taskToken, { next: 'Stop', reason: `${deployment.stopRequest?.kind} by ${deployment.stopRequest?.by}` });
}
