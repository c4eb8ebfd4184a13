/** The shift between two samples, by R's `wilcox.test(conf.int = TRUE)`. */
export interface Shift {
  readonly lower: number;
  readonly upper: number;
  /** Hodges and Lehmann's estimate. */
  readonly estimate: number;
}

/**
 * Computes the standardized rank sum of `x − shift` against `y`, with ties; both must be sorted.
 * If `corrected`, it applies R's continuity correction.
 */
export function standardisedRankSum(x: readonly number[], y: readonly number[], shift: number, corrected: boolean): number {
  const [m, n] = [x.length, y.length];
  let [i, j, above, ties] = [0, 0, 0, 0];
  while (i < m || j < n) {
    const value = Math.min(i < m ? at(x, i) - shift : Number.POSITIVE_INFINITY, j < n ? at(y, j) : Number.POSITIVE_INFINITY);
    const [firstX, firstY] = [i, j];
    while (i < m && at(x, i) - shift === value) i += 1;
    while (j < n && at(y, j) === value) j += 1;
    above += (i - firstX) * (firstY + (j - firstY) / 2);
    const tied = i - firstX + (j - firstY);
    ties += tied ** 3 - tied;
  }
  const centred = above - (m * n) / 2;
  const spread = Math.sqrt(((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1))));
  return spread === 0 ? 0 : (centred - (corrected ? 0.5 * Math.sign(centred) : 0)) / spread;
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? Number.NaN;
}

/** Estimates the shift of `experiment` above `control`, with a two-sided interval for the normal quantile `z`. */
export function shiftBetween(experiment: readonly number[], control: readonly number[], z: number): Shift {
  const x = [...experiment].sort((a, b) => a - b);
  const y = [...control].sort((a, b) => a - b);
  const falls = (level: number, corrected: boolean) => crossing(x, y, (shift) => standardisedRankSum(x, y, shift, corrected) > level);
  const lastAbove = falls(0, false);
  const firstBelow = crossing(x, y, (shift) => standardisedRankSum(x, y, shift, false) >= 0);
  return { lower: falls(z, true), upper: falls(-z, true), estimate: (lastAbove + firstBelow) / 2 };
}

/** Finds the shift up to which `isAbove` is true, by bisection. A result within the tolerance of 0 is 0. */
function crossing(x: readonly number[], y: readonly number[], isAbove: (shift: number) => boolean): number {
  let low = at(x, 0) - at(y, y.length - 1);
  let high = at(x, x.length - 1) - at(y, 0);
  const tolerance = 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  while (high - low > tolerance) {
    const middle = (low + high) / 2;
    if (isAbove(middle)) low = middle;
    else high = middle;
  }
  return Math.abs(low + high) / 2 <= 2 * tolerance ? 0 : (low + high) / 2;
}
