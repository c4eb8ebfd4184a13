import type { Judge, Rollback } from './judge.ts';
import { type Bucket, bucketSeconds, type Release } from './simulate.ts';

/**
 * `right`: rolled back a bad release over its own signal. `wrong`: rolled back an innocent one, or over another signal.
 * `passed`: found good at the end of the watch. `held`: undecided then.
 */
export type Kind = 'passed' | 'held' | 'right' | 'wrong';

export interface Outcome {
  readonly kind: Kind;
  /** Seconds from the release to the rollback; Infinity without one. */
  readonly delay: number;
  /** Requests that the new version failed until then. */
  readonly failed: number;
}

/** Holds a judge's decision about one release against what was wrong with it. */
export function outcomeOf(judge: Judge, release: Release): Outcome {
  const rollback = judge.decide(release);
  const delay = rollback?.at ?? Number.POSITIVE_INFINITY;
  return { kind: kindOf(judge, release, rollback), delay, failed: failedUntil(release.candidate, delay) };
}

function kindOf(judge: Judge, release: Release, rollback: Rollback | undefined): Kind {
  if (!rollback) return judge.holds?.(release) ? 'held' : 'passed';
  const { signal } = release.cell.fault;
  return signal !== undefined && rollback.signals.includes(signal) ? 'right' : 'wrong';
}

function failedUntil(candidate: readonly Bucket[], seconds: number): number {
  return candidate.reduce((sum, { errors }, i) => ((i + 1) * bucketSeconds <= seconds ? sum + errors : sum), 0);
}
