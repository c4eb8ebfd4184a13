import { defect, results, rollbackInput, taskOf } from '#contract';
import { releaseOf, withoutRelease, withRelease } from '#domain/current-release';
import type { Deployment } from '#domain/deployment';
import { lessonOf } from '#domain/lesson';
import type { EnvironmentName } from '#domain/policy';
import { unverified } from '#domain/rollback';
import type { Change, Occasion } from '#ports/deployments';
import { handOnLock } from '#support/hand-on-lock';
import { answering, occasionOf } from '#support/handler';
import { deployments, locks, now, outbox, records } from '#support/services';

const finishTask = taskOf(rollbackInput).extend({ defect });

export const handler = answering(results.FinishRollback)(finishTask, async (task) => {
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
    await handOnLock(key, deploymentId, occasion);
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
  await records().addLesson(lesson);
  await deployments().record(deployment.id, { ...occasion, place: `${occasion.place}/lesson` }, (current) => ({
    event: { type: 'LessonRecorded', environment, lessonId: lesson.lessonId },
    next: current,
  }));
}
