import { type ResultOf, rollbackInput, taskOf } from '#contract';
import { enterStage, releaseOf, withRelease } from '#domain/current-release';
import type { Deployment } from '#domain/deployment';
import type { Release, Serving } from '#domain/release';
import type { Target } from '#ports/target';
import { lambda, occasionOf } from '#support/handler';
import { deployments, now, records, targetOf } from '#support/services';

export const handler = lambda(taskOf(rollbackInput), async (task): Promise<ResultOf<'RollBack'>> => {
  const { deploymentId, environment, reason } = task.input;
  const deployment = await deployments().read(deploymentId);
  const release = releaseOf(deployment, environment);
  const serving = await undo(targetOf(await records().readApplication(deployment.application), environment), release);
  await deployments().record(deploymentId, occasionOf(task), (current) =>
    restored(current, releaseOf(current, environment), serving, reason),
  );
  return { settleSeconds: deployment.policy[environment].settleSeconds };
});

async function undo(target: Target, { baseline, candidateVersion }: Release): Promise<Serving> {
  const serving = await target.serving();
  const candidateServes = candidateVersion !== undefined && [serving.version, serving.candidate?.version].includes(candidateVersion);
  // Where our candidate has no traffic, whatever serves was put there by someone else and is not ours to overwrite.
  return baseline && candidateServes && candidateVersion !== baseline.version ? target.restore(baseline.version) : serving;
}

function restored(current: Deployment, release: Release, serving: Serving, asked: string) {
  const at = now().toISOString();
  const attempts = (release.rollback?.attempts ?? 0) + 1;
  const why = release.rollback?.reason ?? reasonOf(current, release, asked);
  const byHand = release.baseline && serving.version !== release.baseline.version;
  const reason = byHand
    ? `${why}; somebody moved the alias to version ${serving.version} meanwhile, which was left as it is: decide which version should serve`
    : why;
  const next = withRelease(current, { ...release, revision: serving.revision, rollback: { reason, attempts, checks: [] } });
  return {
    event: { type: 'TrafficRestored' as const, environment: release.environment, version: serving.version, attempt: attempts, reason },
    next: enterStage(next, 'RollingBack', at),
  };
}

function reasonOf({ stopRequest }: Deployment, { judgement, checks }: Release, asked: string): string {
  if (stopRequest) return `${stopRequest.kind} by ${stopRequest.by}: ${stopRequest.reason}`;
  if (asked) return asked;
  if (judgement?.next === 'RollBack') return judgement.reason;
  const failed = (checks ?? []).filter((check) => check.verdict === 'Failed' || check.verdict === 'Inconclusive');
  return failed.map((check) => `${check.check}: ${check.detail}`).join('; ') || 'an exception during the deployment';
}
