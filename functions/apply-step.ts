import { type ResultOf, releaseInput, taskOf } from '#contract';
import { releaseOf, withRelease } from '#domain/current-release';
import type { Release, Step } from '#domain/release';
import { MissingFact } from '#support/errors';
import { lambda, occasionOf } from '#support/handler';
import { deployments, now, records, targetOf } from '#support/services';
import { underFence } from '#support/under-fence';

export const handler = lambda(taskOf(releaseInput), async (task): Promise<ResultOf<'ApplyStep'>> => {
  const { deploymentId, environment } = task.input;
  const deployment = await deployments().read(deploymentId);
  await underFence(deployment, environment);
  const release = releaseOf(deployment, environment);
  const { weightPercent } = stepAfter(release);
  const target = targetOf(await records().readApplication(deployment.application), environment);
  const serving = await target.shift({ ...movedVersions(release), weightPercent });
  await deployments().record(deploymentId, occasionOf(task), (current) => {
    const before = releaseOf(current, environment);
    const stepIndex = before.stepIndex + 1;
    const after: Release = { ...before, stepIndex, revision: serving.revision, phase: 'bake', phaseStartedAt: now().toISOString() };
    return { event: { type: 'StepApplied', environment, stepIndex, weightPercent }, next: withRelease(current, after) };
  });
  return { weightPercent };
});

function stepAfter(release: Release): Step {
  const step = release.plan[release.stepIndex + 1];
  if (!step) throw new MissingFact(`the plan has no step after ${release.stepIndex}`);
  return step;
}

function movedVersions(release: Release) {
  if (!release.baseline || !release.candidateVersion || !release.revision) throw new MissingFact('no candidate is staged');
  return { baseline: release.baseline.version, candidate: release.candidateVersion, revision: release.revision };
}
