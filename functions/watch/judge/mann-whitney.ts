import { findRoot } from '#watch/judge/numerics/brent';
import { normalQuantile } from '#watch/judge/numerics/normal';

export interface Shift {
  /** Hodges and Lehmann's estimate of how much higher the experiment is. */
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/** The tolerance of R's `wilcox.test` for any unit. The limits are as exact as that. */
const toleranceOfR = 1e-4;

/**
 * Computes Mann and Whitney's confidence interval of a shift.
 * Each step is that of R's `wilcox.test(conf.int = TRUE, exact = FALSE)`.
 */
export function shiftInterval(
  experiment: readonly number[],
  control: readonly number[],
  confidence: number,
  tolerance = toleranceOfR,
): Shift {
  const z = normalQuantile((1 + confidence) / 2);
  const [x, y] = [sorted(experiment), sorted(control)];
  const at = (quantile: number, continuity: boolean) =>
    root((shift) => standardisedSorted(x, y, shift, continuity) - quantile, x, y, tolerance);
  const limit = (quantile: number) => at(quantile, true);
  const estimate = at(0, false);
  return { estimate, lower: limit(z), upper: limit(-z) };
}

const sorted = (samples: readonly number[]) => Float64Array.from(samples).sort();

/**
 * Searches between the smallest and the largest difference of two sorted samples.
 * If there is no root between them, one of these two is the result.
 */
function root(f: (shift: number) => number, experiment: Float64Array, control: Float64Array, tolerance: number): number {
  const smallest = (experiment[0] as number) - (control.at(-1) as number);
  const largest = (experiment.at(-1) as number) - (control[0] as number);
  if (f(smallest) <= 0) return smallest;
  return f(largest) >= 0 ? largest : findRoot(f, smallest, largest, tolerance);
}

/**
 * The rank sum of the experiment moved by `shift`, in standard deviations corrected for ties.
 * `continuity` adds the correction for continuity.
 */
export function standardised(experiment: readonly number[], control: readonly number[], shift: number, continuity: boolean): number {
  return standardisedSorted(sorted(experiment), sorted(control), shift, continuity);
}

function standardisedSorted(experiment: Float64Array, control: Float64Array, shift: number, continuity: boolean): number {
  const [n, m] = [experiment.length, control.length];
  const { rankSum, ties } = ranksOf(
    experiment.map((value) => value - shift),
    control,
  );
  const excess = rankSum - (n * (n + 1)) / 2 - (n * m) / 2;
  const deviation = Math.sqrt(((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1))));
  return (excess - (continuity ? Math.sign(excess) * 0.5 : 0)) / deviation;
}

/** The rank sum of the first sorted sample in both, with shared ranks for ties; the sum of t^3 - t over the ties. */
function ranksOf(first: Float64Array, second: Float64Array): { rankSum: number; ties: number } {
  let [i, j, rankSum, ties] = [0, 0, 0, 0];
  while (i < first.length || j < second.length) {
    const value = Math.min(first[i] ?? Number.POSITIVE_INFINITY, second[j] ?? Number.POSITIVE_INFINITY);
    const [own, from] = [i, i + j];
    while (first[i] === value) i++;
    while (second[j] === value) j++;
    // A shift that overflows makes NaN, and NaN has no rank.
    if (i + j === from) break;
    rankSum += ((i - own) * (from + 1 + i + j)) / 2;
    ties += (i + j - from) ** 3 - (i + j - from);
  }
  return { rankSum, ties };
}
