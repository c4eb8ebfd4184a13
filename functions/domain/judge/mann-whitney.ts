import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { findRoot } from './brent.ts';

export interface Shift {
  /** Hodges and Lehmann's estimate of how much higher the experiment is. */
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/** R's own tolerance in wilcox.test; the limits are as exact as that. */
const tolerance = 1e-4;

/** Mann and Whitney's confidence interval of a shift, step by step as R's wilcox.test(conf.int = TRUE, exact = FALSE) computes it. */
export function shiftInterval(experiment: readonly number[], control: readonly number[], confidence: number): Shift {
  const z = normalQuantile((1 + confidence) / 2, 0, 1);
  const limit = (quantile: number) => root((shift) => standardised(experiment, control, shift, true) - quantile, experiment, control);
  const estimate = root((shift) => standardised(experiment, control, shift, false), experiment, control);
  return { estimate, lower: limit(z), upper: limit(-z) };
}

/** Searches between the smallest and the largest difference of two samples; where there is no root, that end is the answer. */
function root(f: (shift: number) => number, experiment: readonly number[], control: readonly number[]): number {
  const smallest = Math.min(...experiment) - Math.max(...control);
  const largest = Math.max(...experiment) - Math.min(...control);
  if (f(smallest) <= 0) return smallest;
  return f(largest) >= 0 ? largest : findRoot(f, smallest, largest, tolerance);
}

/** The rank sum of the experiment moved by `shift`, in standard deviations corrected for ties, with or without correction for continuity. */
export function standardised(experiment: readonly number[], control: readonly number[], shift: number, continuity: boolean): number {
  const [n, m] = [experiment.length, control.length];
  const { rankSum, ties } = ranksOf(
    experiment.map((value) => value - shift),
    control,
  );
  const excess = rankSum - (n * (n + 1)) / 2 - (n * m) / 2;
  const deviation = Math.sqrt(((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1))));
  return (excess - (continuity ? Math.sign(excess) * 0.5 : 0)) / deviation;
}

/** The rank sum of the first series in both, ties shared, and the sum of t^3 - t over groups of ties. */
function ranksOf(first: readonly number[], second: readonly number[]): { rankSum: number; ties: number } {
  const all = [...first.map((value) => ({ value, own: 1 })), ...second.map((value) => ({ value, own: 0 }))].sort(
    (a, b) => a.value - b.value,
  );
  let [rankSum, ties] = [0, 0];
  for (let from = 0; from < all.length; ) {
    let [to, own] = [from, 0];
    while (to < all.length && all[to]?.value === all[from]?.value) own += all[to++]?.own ?? 0;
    rankSum += (own * (from + 1 + to)) / 2;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  return { rankSum, ties };
}
