import type { Release } from '#deployment/release';
import type { EnvironmentPolicy } from '#policy/policy';
import { secondsBetween } from './watch-phase.ts';

/** Says how many seconds a roll-out was allowed when they are over, counted from when its candidate stood ready: to wait for the target is no delay of the release. */
export function overdueAfter(release: Release, policy: EnvironmentPolicy, nowIso: string): number | undefined {
  const allowedSeconds = policy.deployTimeoutSeconds + watchedOnPurpose(release, policy) + (release.heldSeconds ?? 0);
  return secondsBetween(release.stagedAt ?? release.startedAt, nowIso) >= allowedSeconds ? allowedSeconds : undefined;
}

/** What a plan spends on comparing two versions or on monitoring beside a holdback is no delay of the roll-out. */
function watchedOnPurpose({ plan, stepIndex, phase }: Release, { monitorSeconds }: EnvironmentPolicy): number {
  const compared = plan.slice(0, stepIndex + 1).reduce((sum, step) => sum + (step.compares ? step.bakeSeconds : 0), 0);
  const over = plan.slice(0, Math.max(0, phase === 'monitor' ? stepIndex + 1 : stepIndex));
  return compared + (over.some(({ monitored }) => monitored) ? monitorSeconds : 0);
}
