import type { Judgement, NextMove, Release } from '#deployment/release';
import type { EnvironmentPolicy } from '#policy/policy';
import { comparison } from './comparison.ts';
import { isLast } from './watch-phase.ts';

/** The next move of a release, and why. */
export type Decided = Pick<Judgement, 'next' | 'reason'>;

const move = (next: NextMove, reason: string): Decided => ({ next, reason });

/** Returns the next move of a release after a phase that ended well. */
export function moveAfter(release: Release, policy: EnvironmentPolicy): Decided {
  if (release.phase === 'verify') return move('Finish', 'stable through verification');
  return release.phase === 'bake' ? moveAfterBake(release, policy) : moveAfterMonitoring(release, policy);
}

function moveAfterBake(release: Release, policy: EnvironmentPolicy): Decided {
  const step = release.plan[release.stepIndex];
  if (step?.compares) return comparison(release);
  if (step?.weightPercent === 0) return move('Validate', 'the candidate stands beside the old version, without users');
  if (step?.monitored)
    return move('Validate', `${step.weightPercent === 100 ? 'all' : `${step.weightPercent} % of the`} traffic is on the candidate`);
  if (!isLast(release)) return move('ApplyStep', `step ${release.stepIndex + 1} baked well`);
  return policy.verifySeconds > 0
    ? move('Watch', 'all traffic is on the candidate, verification begins')
    : move('Finish', 'stable with all traffic');
}

function moveAfterMonitoring(release: Release, { monitorSeconds, verifySeconds }: EnvironmentPolicy): Decided {
  if (!isLast(release)) return move('ApplyStep', `monitored for ${monitorSeconds} s beside the old version`);
  return verifySeconds > 0
    ? move('Watch', `monitored for ${monitorSeconds} s, verification begins`)
    : move('Finish', 'stable through monitoring');
}
