import { releaseInput, tokenTaskOf } from '#contract';
import { openRelease } from '#domain/current-release';
import { lambda, occasionOf } from '#support/handler';
import { deployments, locks, now, waker } from '#support/services';

export const handler = lambda(tokenTaskOf(releaseInput), async (task) => {
  const { deploymentId, environment } = task.input;
  const deployment = await deployments().read(deploymentId);
  if (deployment.stopRequest) {
    return waker().wake(task.taskToken, { next: 'Stop', reason: `${deployment.stopRequest.kind} by ${deployment.stopRequest.by}` });
  }
  const lock = await locks().acquire({ application: deployment.application, environment }, { deploymentId, taskToken: task.taskToken });
  await deployments().record(deploymentId, occasionOf(task), (current) =>
    lock.acquired
      ? {
          event: { type: 'LockAcquired', environment, fence: lock.fence },
          next: openRelease(current, environment, lock.fence, now().toISOString()),
        }
      : { event: { type: 'LockAwaited', environment, heldBy: lock.heldBy }, next: current },
  );
  if (lock.acquired) await waker().wake(task.taskToken, { next: 'Proceed', reason: `fence ${lock.fence}` });
});
