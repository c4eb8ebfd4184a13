import type { Release, WatchPhase } from '#deployment/release';
import type { EnvironmentPolicy } from '#policy/policy';

export const secondsBetween = (fromIso: string, toIso: string) => (Date.parse(toIso) - Date.parse(fromIso)) / 1000;

function secondsOf({ phase, plan, stepIndex }: Release, policy: EnvironmentPolicy): number {
  if (phase === 'bake') return plan[stepIndex]?.bakeSeconds ?? policy.bakeSeconds;
  return phase === 'monitor' ? policy.monitorSeconds : policy.verifySeconds;
}

/** True if the current phase has lasted as long as it should. */
export const isOver = (release: Release, policy: EnvironmentPolicy, nowIso: string) =>
  secondsBetween(release.phaseStartedAt, nowIso) >= secondsOf(release, policy);

export const isLast = ({ plan, stepIndex }: Release) => stepIndex >= plan.length - 1;

/** True if business metrics and integrations are read now: in the verification, or in monitoring if there is none. */
export const readsNamed = ({ phase }: Release, { verifySeconds }: EnvironmentPolicy): boolean =>
  phase === 'verify' || (phase === 'monitor' && verifySeconds === 0);

/** Begins a phase with its counters at zero. */
export const enter = (release: Release, phase: WatchPhase, nowIso: string): Release => ({
  ...release,
  phase,
  phaseStartedAt: nowIso,
  inconclusiveInARow: 0,
  heldInARow: 0,
});
