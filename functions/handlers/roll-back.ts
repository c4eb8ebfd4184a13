import * as z from 'zod';
import { results, rollbackInput, taskOf } from '#contract';
import { enterStage, releaseOf, withRelease } from '#deployment/current-release';
import type { Deployment } from '#deployment/deployment';
import { entryOf } from '#deployment/entry';
import type { CheckResult, Release, Serving } from '#deployment/release';
import { returning } from '#platform/handler';
import type { Checks } from '#policy/policy';
import { attemptBegan, frozenBecause, isOurs, movedByHand, reasonOf, unhealthy } from '#release/rollback';
import { applications, deployments, now, targetOf } from '#services';
import { runChecks } from '#target/run-checks.flow';
import type { Shifted, Target } from '#target/target.port';

/** How long an attempt may wait for its target before what serves is verified anyway, and paged. */
const LONGEST_RETURN_MS = 600_000;

const rollBackTask = taskOf(rollbackInput).extend({ startedAt: z.iso.datetime() });

/** What an undo did: where it stands, and why the traffic was left where it is if it was. */
interface Undone {
  readonly shifted: Shifted;
  readonly withheld?: CheckResult;
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
  const undone = await undo(target, deployment, release, application.checks);
  const { shifted } = undone;
  const inTime = now().getTime() - attemptBegan(release, task.startedAt) < LONGEST_RETURN_MS;
  if (!shifted.settled && inTime) return { next: 'Wait', settleSeconds };
  const serving = shifted.settled ? shifted.serving : await target.serving();
  await deployments().record(deploymentId, entryOf(task), (current) =>
    restored(current, releaseOf(current, environment), serving, reason, undone),
  );
  return { next: 'Proceed', settleSeconds };
});

/** Returns the traffic to the old version, once that is healthy; a routing that our steps did not leave was made by someone else and stays. */
async function undo(target: Target, deployment: Deployment, release: Release, checks: Checks): Promise<Undone> {
  const { baseline } = release;
  const serving = await target.serving();
  const standing: Shifted = { settled: true, serving };
  if (!baseline || !isOurs(release, serving, target.movesGradually)) return { shifted: standing, left: true };
  const frozen = frozenBecause(deployment, release);
  if (frozen) return { shifted: standing, withheld: { check: 'data-integrity', verdict: 'Failed', detail: frozen } };
  const standsBy = (await target.isStandingBy?.(baseline.version)) ?? true;
  const [health] = standsBy ? await runChecks(target, { version: baseline.version, checks, names: ['service-health'] }) : [];
  // A target that can ask only what serves checks the old version itself as it returns to it.
  const unknown = !health || health.verdict === 'NotApplicable';
  if (!unknown && health.verdict !== 'Successful') return { shifted: standing, withheld: unhealthy(health, baseline.version) };
  return { shifted: await target.restore(baseline.version, serving.revision) };
}

function restored(current: Deployment, release: Release, serving: Serving, asked: string, { withheld, left }: Undone) {
  const { environment, rollback, revision } = release;
  const attempt = (rollback?.attempts ?? 0) + 1;
  const because = rollback?.reason ?? reasonOf(current, release, asked);
  const byHand = left ? movedByHand(release, serving) : '';
  const reason = because.includes(byHand) ? because : because + byHand;
  const next = withRelease(current, {
    ...release,
    revision: left || withheld ? revision : serving.revision,
    rollback: { reason, attempts: attempt, failures: rollback?.failures, checks: [], withheld },
  });
  const event = { type: 'TrafficRestored' as const, environment, version: serving.version, attempt, reason, withheld: withheld?.detail };
  return { event, next: enterStage(next, 'RollingBack', now().toISOString()) };
}
