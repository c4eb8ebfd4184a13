import { openRelease } from '#domain/current-release';
import type { Occasion } from '#ports/deployments';
import type { LockKey } from '#ports/locks';
import { deployments, locks, now, waker } from './services.ts';

/** Frees a lock and wakes whoever holds it next; repeating it after a crash answers the same one again, whose token answers once. */
export async function handOnLock(key: LockKey, deploymentId: string, occasion: Occasion): Promise<void> {
  const next = await locks().release(key, deploymentId);
  if (!next) return;
  await deployments().record(next.deploymentId, { ...occasion, place: `${occasion.place}/hands-on` }, (waiting) => {
    if (waiting[key.environment]?.fence === next.fence) return undefined;
    return {
      event: { type: 'LockAcquired', environment: key.environment, fence: next.fence },
      next: openRelease(waiting, key.environment, next.fence, now().toISOString()),
    };
  });
  await waker().wake(next.taskToken, { next: 'Proceed', reason: `fence ${next.fence}` });
}
