import { defect, results, rollbackInput, taskOf } from '#contract';
import type { Deployment } from '#deployment/deployment';
import type { Change } from '#deployment/deployments.port';
import { type Entry, entryOf } from '#deployment/entry';
import { releaseOf, withoutRelease, withRelease } from '#deployment/release-lens';
import { returning } from '#platform/handler';
import type { EnvironmentName } from '#policy/policy';
import { lessonOf } from '#release/lesson';
import { passLockOn } from '#release/pass-lock-on.flow';
import { unverified } from '#release/rollback';
import { deployments, history, lockPorts, locks, now, outbox } from '#services';

const finishTask = taskOf(rollbackInput).extend({ defect });

export const handler = returning(results.FinishRollback)(finishTask, async (task) => {
  const { deploymentId, environment } = task.input;
  const entry = entryOf(task);
  const recorded = await deployments().record(deploymentId, entry, (current) =>
    ended(current, environment, task.input.reason, task.defect),
  );
  const { result = 'RollbackFailed', resultReason = '' } = releaseOf(recorded, environment);
  const key = { application: recorded.application, environment };
  // If the release had ended before, its lesson and its message exist already.
  const endedHere = await deployments().happened(deploymentId, entry.entryKey);
  if (endedHere && result !== 'NotStarted') await learn(recorded, environment, entry);
  if (result !== 'RollbackFailed') {
    await passLockOn(lockPorts(), key, deploymentId, entry);
    if (result === 'RolledBack' && endedHere) await outbox().order({ deploymentId, kind: 'restored', entryKey: entry.entryKey });
  } else {
    await locks().keepHeld(key, deploymentId, resultReason || 'its rollback could not be verified');
    if (endedHere) await outbox().order({ deploymentId, kind: 'critical', entryKey: entry.entryKey });
  }
  return { result, reason: resultReason };
});

/** Ends a release that has no result yet. If its lock was never acquired, it ends as NotStarted. */
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
  // Without a verdict, the verification itself failed, and `caught` says how.
  const unread = caught && !release.rollback?.verdict ? ` (${caught})` : '';
  const resultReason = result === 'RolledBack' ? because : unverified(release, because) + unread;
  return {
    event: { type: 'ReleaseEnded', environment, result, reason: resultReason },
    next: withRelease(current, { ...release, result, resultReason, finishedAt: at }),
  };
}

async function learn(deployment: Deployment, environment: EnvironmentName, entry: Entry): Promise<void> {
  const lesson = lessonOf(deployment, releaseOf(deployment, environment));
  await history().addLesson(lesson);
  await deployments().record(deployment.id, { ...entry, entryKey: `${entry.entryKey}/lesson` }, (current) => ({
    event: { type: 'LessonRecorded', environment, lessonId: lesson.lessonId },
    next: current,
  }));
}
