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

/** How long an attempt may wait for its target before what serves is verified anyway, and paged. */
const LONGEST_RETURN_MS = 600_000;

const rollBackTask = taskOf(rollbackInput).extend({ startedAt: z.iso.datetime() });

/** What an undo did: where it stands, and why the traffic was left where it is if it was. */
interface Undoing {
  readonly shifted: Shifted;
  readonly refusedReturn?: CheckResult;
  /** Whether nothing of it was ours to move. */
  readonly left?: true;
}

export const handler = returning(results.RollBack)(rollBackTask, async (task) => {
  const { deploymentId, environment, reason } = task.input;
  const deployment = await deployments().read(deploymentId);
  const release = deployment[environment];
  const { settleSeconds } = deployment.policy[environment];
  // Whatever is over has handed its lock on: what serves may be the next one's.
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

/** Returns the traffic to the old version, once that is healthy; a routing that our steps did not leave was made by someone else and stays. */
async function undo(target: Target, deployment: Deployment, release: Release, checks: Checks): Promise<Undoing> {
  const { baseline } = release;
  const serving = await target.serving();
  const unchanged: Shifted = { settled: true, serving };
  if (!baseline || !isOurs(release, serving, target.movesGradually)) return { shifted: unchanged, left: true };
  const frozen = frozenBecause(deployment, release);
  if (frozen) return { shifted: unchanged, refusedReturn: { check: 'data-integrity', verdict: 'Failed', detail: frozen } };
  const standsBy = (await target.isStandingBy?.(baseline.version)) ?? true;
  const [health] = standsBy ? await runChecks(target, { version: baseline.version, checks, names: ['service-health'] }) : [];
  // A target that can ask only what serves checks the old version itself as it returns to it.
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
