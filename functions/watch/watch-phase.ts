import type { Release, WatchPhase } from '#deployment/release';
import type { EnvironmentPolicy } from '#policy/policy';

export const secondsBetween = (fromIso: string, toIso: string) => (Date.parse(toIso) - Date.parse(fromIso)) / 1000;

function secondsOf({ phase, plan, stepIndex }: Release, policy: EnvironmentPolicy): number {
  if (phase === 'bake') return plan[stepIndex]?.bakeSeconds ?? policy.bakeSeconds;
  return phase === 'monitor' ? policy.monitorSeconds : policy.verifySeconds;
}

/** Whether the phase under way has lasted as long as it should. */
export const isOver = (release: Release, policy: EnvironmentPolicy, nowIso: string) =>
  secondsBetween(release.phaseStartedAt, nowIso) >= secondsOf(release, policy);

export const isLast = ({ plan, stepIndex }: Release) => stepIndex >= plan.length - 1;

/** Whether business metrics and integrations are read now: while a deployment is verified, or monitored where the environment asks for no verification. */
export const readsNamed = ({ phase }: Release, { verifySeconds }: EnvironmentPolicy): boolean =>
  phase === 'verify' || (phase === 'monitor' && verifySeconds === 0);

/** Begins a phase, with nothing held against it. */
export const enter = (release: Release, phase: WatchPhase, nowIso: string): Release => ({
  ...release,
  phase,
  phaseStartedAt: nowIso,
  inconclusiveInARow: 0,
  heldInARow: 0,
});
