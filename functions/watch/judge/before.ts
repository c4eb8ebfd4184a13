import type { Share } from './bernoulli.ts';
import { burstsOf, dispersionOf, fewestBlocks, sumOf } from './dispersion.ts';
import { lowerLimit, upperLimit } from './proportion.ts';
import type { Counts, History } from './trace.ts';

/** The known values of one rate from before the deployment. */
export interface Before {
  readonly n: number;
  readonly rate: number;
  /** The upper 80 % limit of the rate. */
  readonly upper: number;
  /** The lower 90 % limit of the rate. The rate was over a line only if this limit is over it. */
  readonly lower: number;
  readonly dispersion: number;
  /** The number of bad requests that come at once. Two versions side by side do not share this dispersion. */
  readonly bursts: number;
  /** True if the history has enough intervals to show how much the rate fluctuates. */
  readonly isDispersionKnown: boolean;
}

export type Stream = 'errors' | 'slow';

/** By definition, a twentieth of the requests is slower than the old version's p95, also without a measurement. */
const slowByDefinition: Before = { n: 0, rate: 0.05, upper: 0.05, lower: 0.05, dispersion: 1, bursts: 1, isDispersionKnown: false };

/** Reads the history of one rate: its level with limits, and how much it fluctuates if the intervals are known. */
export function before(history: History | null | undefined, stream: Stream): Before | undefined {
  const known = history ? blocks(history, stream) : [];
  const { n, bad } = sumOf(known);
  if (n === 0) return stream === 'slow' ? slowByDefinition : undefined;
  const dispersion = dispersionOf(known);
  const effective = { n: n / dispersion, bad: bad / dispersion };
  const [upper, lower] = [upperLimit(effective, 0.8), lowerLimit(effective, 0.9)];
  return { n, rate: bad / n, upper, lower, dispersion, bursts: burstsOf(known), isDispersionKnown: known.length >= fewestBlocks };
}

function blocks({ intervals, n, errors, slow }: History, stream: Stream): Share[] {
  const counts = intervals ?? (n === undefined || errors === undefined ? [] : [{ n, errors, slow }]);
  return counts.flatMap((count) => badOf(count, stream) ?? []);
}

/** Counts the bad requests of an interval; undefined if the source did not count them. */
export function badOf(counts: Counts, stream: Stream): Share | undefined {
  const bad = counts[stream];
  return bad === undefined || bad === null ? undefined : { n: counts.n, bad };
}
