import { releaseInput, results, taskOf } from '#contract';
import { entryOf } from '#deployment/entry';
import { policyOf, releaseOf, withRelease } from '#deployment/release-lens';
import { StrategyUnsupported } from '#platform/errors';
import { returning } from '#platform/handler';
import type { EnvironmentPolicy } from '#policy/policy';
import { planDelegated, planRelease } from '#release/plan';
import { applications, deployments, now, outbox, targetOf } from '#services';
import type { Target } from '#target/target.port';
import { VALIDATION_MARGIN_SECONDS, validationSecondsOf } from '#watch/feasible';
import { type MeasuredBefore, measuredBefore } from '#watch/measured-before';

export const handler = returning(results.PlanRelease)(taskOf(releaseInput), async (task) => {
  const { deploymentId, environment } = task.input;
  const deployment = await deployments().read(deploymentId);
  const policy = policyOf(deployment, environment);
  const application = await applications().readApplication(deployment.application);
  const target = targetOf(application, environment);
  if (!target.supports.includes(policy.strategy)) throw new StrategyUnsupported(policy.strategy, target.supports);
  const baseline = await target.serving();
  const steps = target.delegatesSteps ? planDelegated(policy) : planRelease(policy);
  const before = await lookBack(target, baseline.version, policy, application.metricLagSeconds);
  await deployments().record(deploymentId, entryOf(task), (current) => ({
    event: { type: 'ReleasePlanned', environment, steps, baseline },
    next: withRelease(current, { ...releaseOf(current, environment), ...before, plan: steps, baseline, revision: baseline.revision }),
  }));
  if (environment === 'production' && !deployment.approval)
    await outbox().order({ deploymentId, kind: 'released', entryKey: entryOf(task).entryKey });
  const validationSeconds = validationSecondsOf(policy) + VALIDATION_MARGIN_SECONDS;
  return { steps: steps.length, intervalSeconds: policy.intervalSeconds, validationSeconds };
});

/**
 * Measures the old version interval by interval before the first step.
 * A limit that it already broke is not the release's fault.
 */
async function lookBack(target: Target, version: string, policy: EnvironmentPolicy, lagSeconds: number): Promise<MeasuredBefore> {
  const { historyIntervals, intervalSeconds } = policy;
  const endMs = now().getTime() - lagSeconds * 1000;
  const ends = Array.from({ length: historyIntervals }, (_, back) => endMs - (historyIntervals - 1 - back) * intervalSeconds * 1000);
  return measuredBefore(await Promise.all(ends.map((toMs) => target.sample(version, toMs - intervalSeconds * 1000, toMs))));
}
