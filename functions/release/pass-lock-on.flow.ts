import { openRelease } from '#deployment/current-release';
import { hasEnded } from '#deployment/deployment';
import type { Occasion } from '#deployment/occasion';
import { deployments, locks, now, waker } from '#services';
import type { LockKey } from './locks.port.ts';

/** Frees a lock and wakes whoever holds it next; repeating it after a crash answers the same one again, whose token answers once. */
export async function handOnLock(key: LockKey, deploymentId: string, occasion: Occasion): Promise<void> {
  await withdrawEnded(key);
  const next = await locks().release(key, deploymentId);
  if (!next) return;
  const holder = await deployments().record(next.deploymentId, { ...occasion, place: `${occasion.place}/hands-on` }, (waiting) => {
    if (hasEnded(waiting) || waiting[key.environment]?.fence === next.fence) return undefined;
    return {
      event: { type: 'LockAcquired', environment: key.environment, fence: next.fence },
      next: openRelease(waiting, key.environment, next.fence, now().toISOString()),
    };
  });
  if (hasEnded(holder)) return handOnLock(key, holder.id, occasion);
  await waker().wake(next.taskToken, { next: 'Proceed', reason: `fence ${next.fence}` });
}

/** Takes whoever has ended while it waited off the queue: nothing of it would ever give the lock back. */
async function withdrawEnded(key: LockKey): Promise<void> {
  for (const { deploymentId } of (await locks().read(key)).waiters)
    if (hasEnded(await deployments().read(deploymentId))) await locks().withdraw(key, deploymentId);
}
