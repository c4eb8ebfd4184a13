import type { Release } from '#deployment/release';
import type { EnvironmentPolicy } from '#policy/policy';
import { secondsBetween } from './watch-phase.ts';

/**
 * Returns the allowed seconds if the release has used them up (R-ROLL-5).
 * The time begins when the candidate is ready, so a wait for the target is not the release's delay.
 */
export function overdueAfter(release: Release, policy: EnvironmentPolicy, nowIso: string): number | undefined {
  const allowedSeconds = policy.deployTimeoutSeconds + watchedOnPurpose(release, policy) + (release.heldSeconds ?? 0);
  return secondsBetween(release.stagedAt ?? release.startedAt, nowIso) >= allowedSeconds ? allowedSeconds : undefined;
}

/** Adds up the plan's time for comparing and for monitoring beside a holdback. It is no delay of the release. */
function watchedOnPurpose({ plan, stepIndex, phase }: Release, { monitorSeconds }: EnvironmentPolicy): number {
  const compared = plan.slice(0, stepIndex + 1).reduce((sum, step) => sum + (step.compares ? step.bakeSeconds : 0), 0);
  const over = plan.slice(0, Math.max(0, phase === 'monitor' ? stepIndex + 1 : stepIndex));
  return compared + (over.some(({ monitored }) => monitored) ? monitorSeconds : 0);
}
