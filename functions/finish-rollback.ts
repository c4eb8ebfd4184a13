import { type ResultOf, rollbackInput, taskOf } from '#contract';
import { releaseOf, withRelease } from '#domain/current-release';
import { lessonOf } from '#domain/lesson';
import { unverified } from '#domain/rollback';
import { handOnLock } from '#support/hand-on-lock';
import { lambda, occasionOf } from '#support/handler';
import { deployments, locks, now, outbox, records } from '#support/services';

export const handler = lambda(taskOf(rollbackInput), async (task): Promise<ResultOf<'FinishRollback'>> => {
  const { deploymentId, environment } = task.input;
  const occasion = occasionOf(task);
  const recorded = await deployments().record(deploymentId, occasion, (current) => {
    const release = releaseOf(current, environment);
    const result = release.rollback?.verdict === 'Successful' ? 'RolledBack' : 'RollbackFailed';
    const reason = release.rollback?.reason ?? task.input.reason;
    const resultReason = result === 'RolledBack' ? reason : unverified(release, reason);
    return {
      event: { type: 'ReleaseEnded', environment, result, reason: resultReason },
      next: withRelease(current, { ...release, result, resultReason, finishedAt: now().toISOString() }),
    };
  });
  const release = releaseOf(recorded, environment);
  const key = { application: recorded.application, environment };
  const lesson = lessonOf(recorded, release);
  await records().addLesson(lesson);
  await deployments().record(deploymentId, { ...occasion, place: `${occasion.place}/lesson` }, (current) => ({
    event: { type: 'LessonRecorded', environment, lessonId: lesson.lessonId },
    next: current,
  }));
  if (release.result === 'RolledBack') {
    await handOnLock(key, deploymentId, occasion);
    await outbox().order({ deploymentId, kind: 'restored', occasion: occasion.place });
  } else {
    await locks().keepHeld(key, deploymentId, release.resultReason ?? 'its rollback could not be verified');
    await outbox().order({ deploymentId, kind: 'critical', occasion: occasion.place });
  }
  return { result: release.result === 'RolledBack' ? 'RolledBack' : 'RollbackFailed', reason: release.resultReason ?? '' };
});
