import { defect, releaseInput, results, taskOf } from '#contract';
import { askedBy, type Deployment } from '#deployment/deployment';
import type { Change } from '#deployment/deployments.port';
import { entryOf } from '#deployment/entry';
import { policyOf, withoutRelease, withRelease } from '#deployment/release-lens';
import { returning } from '#platform/handler';
import type { EnvironmentName } from '#policy/policy';
import type { LockState } from '#release/locks.port';
import { passLockOn } from '#release/pass-lock-on.flow';
import { deployments, lockPorts, locks, now } from '#services';
import { symptomOf } from '#watch/reading';

const finishTask = taskOf(releaseInput).extend({ defect });

export const handler = returning(results.FinishRelease)(finishTask, async (task) => {
  const { deploymentId, environment } = task.input;
  const entry = entryOf(task);
  const { application } = await deployments().read(deploymentId);
  const lock = await locks().read({ application, environment });
  const recorded = await deployments().record(deploymentId, entry, (current) => ended(current, environment, task.defect, lock));
  const { result, resultReason = '' } = recorded[environment] ?? {};
  if (!result) return { result: 'Stopped', reason: recorded.stopRequest ? askedBy(recorded.stopRequest) : '' };
  await passLockOn(lockPorts(), { application, environment }, deploymentId, entry);
  return { result: result === 'Succeeded' ? 'Succeeded' : 'NotStarted', reason: resultReason };
});

/**
 * Ends a release that has no result yet.
 * If a person asked to stop after its last poll, the release is rolled back instead.
 */
function ended(current: Deployment, environment: EnvironmentName, caught: string, lock: LockState): Change | undefined {
  const release = current[environment];
  const at = now().toISOString();
  if (release?.result) return undefined;
  if (release?.judgement?.next === 'Finish') {
    if (current.stopRequest) return undefined;
    const symptom = symptomOf(release, policyOf(current, environment), current.issue.symptom);
    const resultReason = release.judgement.reason;
    const next = withRelease(current, { ...release, result: 'Succeeded', resultReason, symptom, finishedAt: at });
    return { event: { type: 'ReleaseEnded', environment, result: 'Succeeded', reason: resultReason, symptom }, next };
  }
  const stopReason = current.stopRequest && askedBy(current.stopRequest);
  const resultReason =
    release?.resultReason || stopReason || (release ? caught || 'stopped before it began' : notAcquired(lock, current, caught));
  const next = release
    ? withRelease(current, { ...release, result: 'NotStarted', resultReason, finishedAt: at })
    : withoutRelease(current, environment, resultReason, at);
  return { event: { type: 'ReleaseEnded', environment, result: 'NotStarted', reason: resultReason }, next };
}

function notAcquired({ holder, heldBecause }: LockState, { id }: Deployment, caught: string): string {
  const holderInWords = holder && holder !== id ? `it is held by ${holder}${heldBecause ? `, because ${heldBecause}` : ''}` : '';
  return ['the lock was not acquired', caught, holderInWords].filter(Boolean).join('; ');
}
