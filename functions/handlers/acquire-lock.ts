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
  // Whoever asked to stop before this one stood in the queue has found nobody there to wake.
  if (recorded.stopRequest && (await locks().withdraw(key, deploymentId)))
    await waker().wake(task.taskToken, { next: 'Stop', reason: askedBy(recorded.stopRequest) });
});
