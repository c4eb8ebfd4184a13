import { type ResultOf, rollbackInput, taskOf } from '#contract';
import { releaseOf, withRelease } from '#domain/current-release';
import { lessonOf } from '#domain/lesson';
import { handOnLock } from '#support/hand-on-lock';
import { lambda, occasionOf } from '#support/handler';
import { deployments, locks, now, outbox, records } from '#support/services';

export const handler = lambda(taskOf(rollbackInput), async (task): Promise<ResultOf<'FinishRollback'>> => {
  const { deploymentId, environment } = task.input;
  const occasion = occasionOf(task);
  const recorded = await deployments().record(deploymentId, occasion, (current) => {
    const release = releaseOf(current, environment);
    const result = release.rollback?.verdict === 'Successful' ? 'RolledBack' : 'RollbackFailed';
    const resultReason = release.rollback?.reason ?? task.input.reason;
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
  if (release.result === 'RolledBack') await handOnLock(key, deploymentId, occasion);
  else {
    await locks().keepHeld(key, deploymentId, `the rollback could not be verified: ${release.resultReason}`);
    await outbox().order({ deploymentId, kind: 'critical', occasion: occasion.place });
  }
  return { result: release.result === 'RolledBack' ? 'RolledBack' : 'RollbackFailed', reason: release.resultReason ?? '' };
});
