import { type ResultOf, releaseInput, taskOf } from '#contract';
import { enterStage, policyOf, releaseOf, withRelease } from '#domain/current-release';
import type { Deployment } from '#domain/deployment';
import type { EnvironmentName } from '#domain/policy';
import { healthRequest, isHealthy } from '#domain/probes';
import type { Judgement, Sample } from '#domain/release';
import { afterJudgement, judge } from '#domain/watch';
import { MissingFact } from '#support/errors';
import { lambda, occasionOf } from '#support/handler';
import { deployments, now, records, targetOf } from '#support/services';
import { underFence } from '#support/under-fence';

export const handler = lambda(taskOf(releaseInput), async (task): Promise<ResultOf<'JudgeHealth'>> => {
  const { deploymentId, environment } = task.input;
  const deployment = await deployments().read(deploymentId);
  await underFence(deployment, environment);
  const sample = await measure(deployment, environment);
  const recorded = await deployments().record(deploymentId, occasionOf(task), (current) => {
    const at = now().toISOString();
    const release = releaseOf(current, environment);
    const judgement = stopped(current) ?? judge(release, policyOf(current, environment), sample, at);
    const after = withRelease(current, afterJudgement(release, judgement, policyOf(current, environment), at));
    const verifying = releaseOf(after, environment).phase === 'verify';
    return { event: { type: 'HealthJudged', environment, ...judgement }, next: verifying ? enterStage(after, 'Verifying', at) : after };
  });
  const { judgement } = releaseOf(recorded, environment);
  if (!judgement) throw new MissingFact('a poll left no judgement');
  return { next: judgement.next, verdict: judgement.verdict, phase: judgement.phase };

  function stopped(current: Deployment): Judgement | undefined {
    const { stopRequest } = current;
    if (!stopRequest) return undefined;
    const reason = `${stopRequest.kind} by ${stopRequest.by}: ${stopRequest.reason}`;
    return { phase: releaseOf(current, environment).phase, verdict: 'Failed', next: 'RollBack', reason, readings: [] };
  }
});

async function measure(deployment: Deployment, environment: EnvironmentName): Promise<Sample> {
  const release = releaseOf(deployment, environment);
  if (!release.candidateVersion) throw new MissingFact('no candidate to watch');
  const application = await records().readApplication(deployment.application);
  const target = targetOf(application, environment);
  const toMs = now().getTime() - application.metricLagSeconds * 1000;
  const fromMs = toMs - policyOf(deployment, environment).intervalSeconds * 1000;
  const health = await target.probe(release.candidateVersion, healthRequest(application.checks));
  return { ...(await target.sample(release.candidateVersion, fromMs, toMs)), healthy: isHealthy(health) };
}
