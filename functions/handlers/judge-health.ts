import { releaseInput, results, taskOf } from '#contract';
import { askedBy, type Deployment } from '#deployment/deployment';
import { entryOf } from '#deployment/entry';
import type { Judgement, Release } from '#deployment/release';
import { policyOf, releaseOf, withRelease } from '#deployment/release-lens';
import { enterStage } from '#deployment/stages';
import { MissingFact, TargetReplyMalformed, TargetUnreachable, undefinedIf } from '#platform/errors';
import { returning } from '#platform/handler';
import type { EnvironmentName } from '#policy/policy';
import { underFence } from '#release/under-fence.flow';
import { applications, deployments, locks, metricSources, now, outbox, targetOf } from '#services';
import { healthRequest, isHealthy } from '#target/probes';
import { readNamedMetrics } from '#watch/read-named-metrics.flow';
import type { Observed } from '#watch/reading';
import { afterJudgement, asksForHelp, judge } from '#watch/watch';
import { readsNamed } from '#watch/watch-phase';

export const handler = returning(results.JudgeHealth)(taskOf(releaseInput), async (task) => {
  const { deploymentId, environment } = task.input;
  const deployment = await deployments().read(deploymentId);
  await underFence({ locks: locks() }, deployment, environment);
  const observed = await measure(deployment, environment);
  const recorded = await deployments().record(deploymentId, entryOf(task), (current) => {
    const at = now().toISOString();
    const release = releaseOf(current, environment);
    const policy = policyOf(current, environment);
    const judgement = judgementOfStop(current, release) ?? judge(release, policy, observed, at);
    const after = withRelease(current, {
      ...afterJudgement(release, judgement, policy, at),
      judgedToMs: observed.toMs,
    });
    const verifying = releaseOf(after, environment).phase === 'verify';
    return { event: { type: 'HealthJudged', environment, ...judgement }, next: verifying ? enterStage(after, 'Verifying', at) : after };
  });
  const { judgement } = releaseOf(recorded, environment);
  if (!judgement) throw new MissingFact('a poll recorded no verdict');
  if (asksForHelp(releaseOf(recorded, environment), policyOf(recorded, environment)))
    await outbox().order({ deploymentId, kind: 'stuck', entryKey: entryOf(task).entryKey });
  return { next: judgement.next, verdict: judgement.verdict, phase: judgement.phase };
});

/** If a person asked to stop, that decides before any reading. */
function judgementOfStop({ stopRequest }: Deployment, { phase }: Release): Judgement | undefined {
  return stopRequest && { phase, verdict: 'Failed', next: 'RollBack', reason: askedBy(stopRequest), readings: [] };
}

async function measure(deployment: Deployment, environment: EnvironmentName): Promise<Observed> {
  const release = releaseOf(deployment, environment);
  const policy = policyOf(deployment, environment);
  const { candidateVersion, baseline, plan, stepIndex, historyP95Ms } = release;
  if (!candidateVersion) throw new MissingFact('no candidate to watch');
  const application = await applications().readApplication(deployment.application);
  const target = targetOf(application, environment);
  const toMs = now().getTime() - application.metricLagSeconds * 1000;
  const { intervalSeconds, slowAtLeastMs } = policy;
  // Each window begins where the last one ended, so every request is judged exactly once.
  const fromMs = release.judgedToMs ?? toMs - intervalSeconds * 1000;
  const slowerThanMs = historyP95Ms === undefined ? undefined : Math.max(historyP95Ms, slowAtLeastMs);
  // If a server does not reply, its health is unknown. That is Inconclusive, not Failed.
  const unreported = undefinedIf(TargetUnreachable, TargetReplyMalformed);
  const probed = (await target.probe(candidateVersion, healthRequest(application.checks)).then(isHealthy, unreported)) ?? null;
  const candidate = await target.sample(candidateVersion, fromMs, toMs, slowerThanMs);
  const healthy = candidate.healthy === false ? false : probed;
  const weight = plan[stepIndex]?.weightPercent ?? 0;
  const beside = baseline && weight > 0 && weight < 100 ? await target.sample(baseline.version, fromMs, toMs, slowerThanMs) : undefined;
  const named = readsNamed(release, policy) ? await readNamedMetrics(metricSources(), application.metrics, { release, policy, toMs }) : [];
  return { toMs, candidate: { ...candidate, healthy }, baseline: beside, named };
}
