import { type ResultOf, releaseInput, results, taskOf } from '#contract';
import type { Deployment, Fix } from '#deployment/deployment';
import { entryOf } from '#deployment/entry';
import { releaseOf, withRelease } from '#deployment/release-lens';
import { CandidateNotStaged, MissingFact } from '#platform/errors';
import { returning } from '#platform/handler';
import type { EnvironmentName } from '#policy/policy';
import { underFence } from '#release/under-fence.flow';
import { applications, deployments, locks, now, targetOf } from '#services';
import { LONGEST_STAGING_SECONDS } from '#watch/feasible';

export const handler = returning(results.StageCandidate)(taskOf(releaseInput), async (task) => {
  const { deploymentId, environment } = task.input;
  const deployment = await deployments().read(deploymentId);
  if (deployment.stopRequest) return { next: 'Stop' };
  await underFence({ locks: locks() }, deployment, environment);
  const artifact = artifactOf(deployment.fix);
  const staged = await targetOf(await applications().readApplication(deployment.application), environment).stage(artifact);
  if (!staged.ready) return waitInTime(deployment, environment);
  await deployments().record(deploymentId, entryOf(task), (current) => ({
    event: { type: 'CandidateStaged', environment, version: staged.version, digest: artifact.digest },
    next: withRelease(current, { ...releaseOf(current, environment), candidateVersion: staged.version, stagedAt: now().toISOString() }),
  }));
  return { next: 'Proceed', version: staged.version };
});

function waitInTime(deployment: Deployment, environment: EnvironmentName): ResultOf<'StageCandidate'> {
  const waitedMs = now().getTime() - Date.parse(releaseOf(deployment, environment).startedAt);
  // A longer wait would use up the execution's 25,000 events.
  if (waitedMs >= LONGEST_STAGING_SECONDS * 1000) throw new CandidateNotStaged(LONGEST_STAGING_SECONDS);
  return { next: 'Wait' };
}

function artifactOf(fix: Fix | undefined) {
  if (!fix?.artifactKey || !fix.digest) throw new MissingFact('the fix has no measured artifact to stage');
  return { key: fix.artifactKey, versionId: fix.artifactVersionId, digest: fix.digest };
}
