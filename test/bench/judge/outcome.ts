import type { Judge, Rollback } from './judge.ts';
import { type Bucket, bucketSeconds, type Release } from './simulate.ts';

/**
 * `right` is a rollback of a bad release because of its own signal; `wrong` is any other rollback.
 * `passed` is found good at the end of the watch; `held` is undecided at the end.
 */
export type Kind = 'passed' | 'held' | 'right' | 'wrong';

export interface Outcome {
  readonly kind: Kind;
  /** Seconds from the release to the rollback. Without a rollback, Infinity. */
  readonly delay: number;
  /** Failed requests of the candidate until the rollback. */
  readonly failed: number;
}

/** Compares a judge's decision about one release with its fault. */
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
