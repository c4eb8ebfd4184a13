import type { Share } from './bernoulli.ts';
import { burstsOf, dispersionOf, fewestBlocks, sumOf } from './dispersion.ts';
import { lowerLimit, upperLimit } from './proportion.ts';
import type { Counts, History } from './trace.ts';

/** What is known of one rate before the deployment. */
export interface Before {
  readonly n: number;
  readonly rate: number;
  /** The upper 80 % limit of the rate. */
  readonly upper: number;
  /** The lower 90 % limit: over a line is only what is shown to have been. */
  readonly lower: number;
  readonly dispersion: number;
  /** How many bad requests come at once: the dispersion that two versions side by side do not share. */
  readonly bursts: number;
  /** Only the history's intervals tell how much it fluctuates. */
  readonly isDispersionKnown: boolean;
}

export type Stream = 'errors' | 'slow';

/** Requests slower than the old version's p95 are a twentieth by definition, measured or not. */
const slowByDefinition: Before = { n: 0, rate: 0.05, upper: 0.05, lower: 0.05, dispersion: 1, bursts: 1, isDispersionKnown: false };

/** Reads one rate's history: its level with an upper limit, and how much it fluctuates by itself where the intervals are known. */
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

/** Counts the bad among an interval's requests; undefined where nobody counted them. */
export function badOf(counts: Counts, stream: Stream): Share | undefined {
  const bad = counts[stream];
  return bad === undefined || bad === null ? undefined : { n: counts.n, bad };
}
