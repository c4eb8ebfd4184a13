import { defect, results, rollbackInput, taskOf } from '#contract';
import { releaseOf, withoutRelease, withRelease } from '#deployment/current-release';
import type { Deployment } from '#deployment/deployment';
import type { Change } from '#deployment/deployments.port';
import { type Occasion, occasionOf } from '#deployment/occasion';
import { returning } from '#platform/handler';
import type { EnvironmentName } from '#policy/policy';
import { lessonOf } from '#release/lesson';
import { passLockOn } from '#release/pass-lock-on.flow';
import { unverified } from '#release/rollback';
import { deployments, history, lockPorts, locks, now, outbox } from '#services';

const finishTask = taskOf(rollbackInput).extend({ defect });

export const handler = returning(results.FinishRollback)(finishTask, async (task) => {
  const { deploymentId, environment } = task.input;
  const occasion = occasionOf(task);
  const recorded = await deployments().record(deploymentId, occasion, (current) =>
    ended(current, environment, task.input.reason, task.defect),
  );
  const { result = 'RollbackFailed', resultReason = '' } = releaseOf(recorded, environment);
  const key = { application: recorded.application, environment };
  // What was over before this came is not learned from or paged about twice.
  const endedHere = await deployments().happened(deploymentId, occasion.place);
  if (endedHere && result !== 'NotStarted') await learn(recorded, environment, occasion);
  if (result !== 'RollbackFailed') {
    await passLockOn(lockPorts(), key, deploymentId, occasion);
    if (result === 'RolledBack' && endedHere) await outbox().order({ deploymentId, kind: 'restored', occasion: occasion.place });
  } else {
    await locks().keepHeld(key, deploymentId, resultReason || 'its rollback could not be verified');
    if (endedHere) await outbox().order({ deploymentId, kind: 'critical', occasion: occasion.place });
  }
  return { result, reason: resultReason };
});

/** Ends what is not over yet; a release that never opened, since its lock was not acquired, has not started. */
function ended(current: Deployment, environment: EnvironmentName, asked: string, caught: string): Change | undefined {
  const release = current[environment];
  const at = now().toISOString();
  if (release?.result) return undefined;
  if (!release) {
    const reason = `${asked || 'its release was lost'}, before it acquired the lock`;
    return {
      event: { type: 'ReleaseEnded', environment, result: 'NotStarted', reason },
      next: withoutRelease(current, environment, reason, at),
    };
  }
  const result = release.rollback?.verdict === 'Successful' ? 'RolledBack' : 'RollbackFailed';
  const because = release.rollback?.reason ?? asked;
  // Without a verdict the verification itself was caught.
  const unread = caught && !release.rollback?.verdict ? ` (${caught})` : '';
  const resultReason = result === 'RolledBack' ? because : unverified(release, because) + unread;
  return {
    event: { type: 'ReleaseEnded', environment, result, reason: resultReason },
    next: withRelease(current, { ...release, result, resultReason, finishedAt: at }),
  };
}

async function learn(deployment: Deployment, environment: EnvironmentName, occasion: Occasion): Promise<void> {
  const lesson = lessonOf(deployment, releaseOf(deployment, environment));
  await history().addLesson(lesson);
  await deployments().record(deployment.id, { ...occasion, place: `${occasion.place}/lesson` }, (current) => ({
    event: { type: 'LessonRecorded', environment, lessonId: lesson.lessonId },
    next: current,
  }));
}
