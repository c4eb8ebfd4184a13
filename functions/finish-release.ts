import * as z from 'zod';
import { type ResultOf, releaseInput, taskOf } from '#contract';
import { policyOf, withRelease } from '#domain/current-release';
import { symptomOf } from '#domain/evidence';
import { handOnLock } from '#support/hand-on-lock';
import { lambda, occasionOf } from '#support/handler';
import { deployments, now } from '#support/services';

const finishTask = taskOf(releaseInput).extend({ defect: z.string() });

export const handler = lambda(finishTask, async (task): Promise<ResultOf<'FinishRelease'>> => {
  const { deploymentId, environment } = task.input;
  const occasion = occasionOf(task);
  const recorded = await deployments().record(deploymentId, occasion, (current) => {
    const release = current[environment];
    if (!release) return undefined;
    const result = release.judgement?.next === 'Finish' ? 'Succeeded' : 'NotStarted';
    const resultReason =
      result === 'Succeeded' ? release.judgement?.reason : release.resultReason || task.defect || 'stopped before it began';
    const symptom = result === 'Succeeded' ? symptomOf(release, policyOf(current, environment), current.issue.symptom) : undefined;
    return {
      event: { type: 'ReleaseEnded', environment, result, reason: resultReason ?? '', symptom },
      next: withRelease(current, { ...release, result, resultReason, symptom, finishedAt: now().toISOString() }),
    };
  });
  await handOnLock({ application: recorded.application, environment }, deploymentId, occasion);
  const release = recorded[environment];
  return {
    result: release?.result === 'Succeeded' ? 'Succeeded' : 'NotStarted',
    reason: release?.resultReason ?? (task.defect || 'the lock was not acquired'),
  };
});
