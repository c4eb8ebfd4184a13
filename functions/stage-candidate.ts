import { type ResultOf, releaseInput, results, taskOf } from '#contract';
import { releaseOf, withRelease } from '#domain/current-release';
import type { Deployment, Fix } from '#domain/deployment';
import { LONGEST_STAGING_SECONDS } from '#domain/feasible';
import type { EnvironmentName } from '#domain/policy';
import { CandidateNotStaged, MissingFact } from '#support/errors';
import { answering, occasionOf } from '#support/handler';
import { deployments, now, records, targetOf } from '#support/services';
import { underFence } from '#support/under-fence';

export const handler = answering(results.StageCandidate)(taskOf(releaseInput), async (task) => {
  const { deploymentId, environment } = task.input;
  const deployment = await deployments().read(deploymentId);
  if (deployment.stopRequest) return { next: 'Stop' };
  await underFence(deployment, environment);
  const artifact = artifactOf(deployment.fix);
  const staged = await targetOf(await records().readApplication(deployment.application), environment).stage(artifact);
  if (!staged.ready) return waitInTime(deployment, environment);
  await deployments().record(deploymentId, occasionOf(task), (current) => ({
    event: { type: 'CandidateStaged', environment, version: staged.version, digest: artifact.digest },
    next: withRelease(current, { ...releaseOf(current, environment), candidateVersion: staged.version, stagedAt: now().toISOString() }),
  }));
  return { next: 'Proceed', version: staged.version };
});

function waitInTime(deployment: Deployment, environment: EnvironmentName): ResultOf<'StageCandidate'> {
  const waitedMs = now().getTime() - Date.parse(releaseOf(deployment, environment).startedAt);
  // Looking for longer would use up the execution's 25,000 events.
  if (waitedMs >= LONGEST_STAGING_SECONDS * 1000) throw new CandidateNotStaged(LONGEST_STAGING_SECONDS);
  return { next: 'Wait' };
}

function artifactOf(fix: Fix | undefined) {
  if (!fix?.artifactKey || !fix.digest) throw new MissingFact('the fix has no measured artefact to stage');
  return { key: fix.artifactKey, versionId: fix.artifactVersionId, digest: fix.digest };
}
