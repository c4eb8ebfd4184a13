import { type ResultOf, releaseInput, taskOf } from '#contract';
import { releaseOf, withRelease } from '#domain/current-release';
import type { Fix } from '#domain/deployment';
import { MissingFact } from '#support/errors';
import { lambda, occasionOf } from '#support/handler';
import { deployments, records, targetOf } from '#support/services';
import { underFence } from '#support/under-fence';

export const handler = lambda(taskOf(releaseInput), async (task): Promise<ResultOf<'StageCandidate'>> => {
  const { deploymentId, environment } = task.input;
  const deployment = await deployments().read(deploymentId);
  await underFence(deployment, environment);
  const artifact = artifactOf(deployment.fix);
  const staged = await targetOf(await records().readApplication(deployment.application), environment).stage(artifact);
  if (!staged.ready) return { next: 'Wait' };
  await deployments().record(deploymentId, occasionOf(task), (current) => ({
    event: { type: 'CandidateStaged', environment, version: staged.version, digest: artifact.digest },
    next: withRelease(current, { ...releaseOf(current, environment), candidateVersion: staged.version }),
  }));
  return { next: 'Proceed', version: staged.version };
});

function artifactOf(fix: Fix | undefined) {
  if (!fix?.artifactKey || !fix.digest) throw new MissingFact('the fix has no measured artefact to stage');
  return { key: fix.artifactKey, versionId: fix.artifactVersionId, digest: fix.digest };
}
