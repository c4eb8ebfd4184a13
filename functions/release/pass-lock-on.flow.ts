import { hasEnded } from '#deployment/deployment';
import type { Deployments } from '#deployment/deployments.port';
import type { Entry } from '#deployment/entry';
import { openRelease } from '#deployment/release-lens';
import type { Now } from '#platform/clock.port';
import type { TaskTokens } from '#platform/executions.port';
import type { LockKey, Locks } from './locks.port.ts';

export interface LockPorts {
  readonly deployments: Deployments;
  readonly locks: Locks;
  readonly now: Now;
  readonly waker: TaskTokens;
}

/**
 * Frees a lock and wakes the deployment that holds it next.
 * If a crash repeats this, it wakes the same deployment again; a task token works only once.
 */
export async function passLockOn(ports: LockPorts, key: LockKey, deploymentId: string, entry: Entry): Promise<void> {
  await withdrawEnded(ports, key);
  const next = await ports.locks.release(key, deploymentId);
  if (!next) return;
  const holder = await ports.deployments.record(next.deploymentId, { ...entry, entryKey: `${entry.entryKey}/hands-on` }, (waiting) => {
    if (hasEnded(waiting) || waiting[key.environment]?.fence === next.fence) return undefined;
    return {
      event: { type: 'LockAcquired', environment: key.environment, fence: next.fence },
      next: openRelease(waiting, key.environment, next.fence, ports.now().toISOString()),
    };
  });
  if (hasEnded(holder)) return passLockOn(ports, key, holder.id, entry);
  await ports.waker.wake(next.taskToken, { next: 'Proceed', reason: `fence ${next.fence}` });
}

/** Takes a deployment off the queue if it ended while it waited, since it would never give the lock back. */
async function withdrawEnded(ports: LockPorts, key: LockKey): Promise<void> {
  for (const { deploymentId } of (await ports.locks.read(key)).waiters)
    if (hasEnded(await ports.deployments.read(deploymentId))) await ports.locks.withdraw(key, deploymentId);
}
