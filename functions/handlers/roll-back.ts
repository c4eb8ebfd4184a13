import * as z from 'zod';
import { results, rollbackInput, taskOf } from '#contract';
import type { Deployment } from '#deployment/deployment';
import { entryOf } from '#deployment/entry';
import type { CheckResult, Release, Serving } from '#deployment/release';
import { releaseOf, withRelease } from '#deployment/release-lens';
import { enterStage } from '#deployment/stages';
import { returning } from '#platform/handler';
import type { Checks } from '#policy/policy';
import { attemptBegan, frozenBecause, isOurs, movedByHand, rollbackReason, unhealthy } from '#release/rollback';
import { applications, deployments, now, targetOf } from '#services';
import { runChecks } from '#target/run-checks.flow';
import type { Shifted, Target } from '#target/target.port';

/** The longest wait of one attempt for its target. Afterwards Sluice verifies what serves, and pages a person. */
const LONGEST_RETURN_MS = 600_000;

const rollBackTask = taskOf(rollbackInput).extend({ startedAt: z.iso.datetime() });

/** The result of an undo: where the traffic is, and the reason if it was left there. */
interface Undoing {
  readonly shifted: Shifted;
  readonly refusedReturn?: CheckResult;
  /** True if the routing was not ours to move. */
  readonly left?: true;
}

export const handler = returning(results.RollBack)(rollBackTask, async (task) => {
  const { deploymentId, environment, reason } = task.input;
  const deployment = await deployments().read(deploymentId);
  const release = deployment[environment];
  const { settleSeconds } = deployment.policy[environment];
  // A release with a result has passed its lock on, so what serves may belong to the next deployment.
  if (!release || release.result) return { next: 'Stop', settleSeconds };
  const application = await applications().readApplication(deployment.application);
  const target = targetOf(application, environment);
  const undoing = await undo(target, deployment, release, application.checks);
  const { shifted } = undoing;
  const inTime = now().getTime() - attemptBegan(release, task.startedAt) < LONGEST_RETURN_MS;
  if (!shifted.settled && inTime) return { next: 'Wait', settleSeconds };
  const serving = shifted.settled ? shifted.serving : await target.serving();
  await deployments().record(deploymentId, entryOf(task), (current) =>
    restored(current, releaseOf(current, environment), serving, reason, undoing),
  );
  return { next: 'Proceed', settleSeconds };
});

/**
 * Returns the traffic to the old version, if that is healthy.
 * A routing that was made outside Sluice stays as it is.
 */
async function undo(target: Target, deployment: Deployment, release: Release, checks: Checks): Promise<Undoing> {
  const { baseline } = release;
  const serving = await target.serving();
  const unchanged: Shifted = { settled: true, serving };
  if (!baseline || !isOurs(release, serving, target.movesGradually)) return { shifted: unchanged, left: true };
  const frozen = frozenBecause(deployment, release);
  if (frozen) return { shifted: unchanged, refusedReturn: { check: 'data-integrity', verdict: 'Failed', detail: frozen } };
  const standsBy = (await target.isStandingBy?.(baseline.version)) ?? true;
  const [health] = standsBy ? await runChecks(target, { version: baseline.version, checks, names: ['service-health'] }) : [];
  // If a target can probe only what serves, it checks the old version itself during the return.
  const isUnasked = !health || health.verdict === 'NotApplicable';
  if (!isUnasked && health.verdict !== 'Successful') return { shifted: unchanged, refusedReturn: unhealthy(health, baseline.version) };
  return { shifted: await target.restore(baseline.version, serving.revision) };
}

function restored(current: Deployment, release: Release, serving: Serving, asked: string, { refusedReturn, left }: Undoing) {
  const { environment, rollback, revision } = release;
  const attempt = (rollback?.attempts ?? 0) + 1;
  const because = rollback?.reason ?? rollbackReason(current, release, asked);
  const byHand = left ? movedByHand(release, serving) : '';
  const reason = because.includes(byHand) ? because : because + byHand;
  const next = withRelease(current, {
    ...release,
    revision: left || refusedReturn ? revision : serving.revision,
    rollback: { reason, attempts: attempt, failures: rollback?.failures, checks: [], refusedReturn },
  });
  const event = {
    type: 'TrafficRestored' as const,
    environment,
    version: serving.version,
    attempt,
    reason,
    refusedReturn: refusedReturn?.detail,
  };
  return { event, next: enterStage(next, 'RollingBack', now().toISOString()) };
}
