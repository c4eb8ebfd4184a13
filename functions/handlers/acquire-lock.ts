import { releaseInput, tokenTaskOf } from '#contract';
import { askedBy } from '#deployment/deployment';
import { entryOf } from '#deployment/entry';
import { openRelease } from '#deployment/release-lens';
import { lambda } from '#platform/handler';
import { deployments, locks, now, waker } from '#services';

export const handler = lambda(tokenTaskOf(releaseInput), async (task) => {
  const { deploymentId, environment } = task.input;
  const deployment = await deployments().read(deploymentId);
  if (deployment.stopRequest) {
    return waker().wake(task.taskToken, { next: 'Stop', reason: askedBy(deployment.stopRequest) });
  }
  const key = { application: deployment.application, environment };
  const lock = await locks().acquire(key, { deploymentId, taskToken: task.taskToken });
  const recorded = await deployments().record(deploymentId, entryOf(task), (current) =>
    lock.acquired
      ? {
          event: { type: 'LockAcquired', environment, fence: lock.fence },
          next: openRelease(current, environment, lock.fence, now().toISOString()),
        }
      : { event: { type: 'LockAwaited', environment, holder: lock.holder, because: lock.heldBecause }, next: current },
  );
  if (lock.acquired) return waker().wake(task.taskToken, { next: 'Proceed', reason: `fence ${lock.fence}` });
  // A stop that came before this deployment was in the queue found no token to wake, so wake it here.
  if (recorded.stopRequest && (await locks().withdraw(key, deploymentId)))
    await waker().wake(task.taskToken, { next: 'Stop', reason: askedBy(recorded.stopRequest) });
});
