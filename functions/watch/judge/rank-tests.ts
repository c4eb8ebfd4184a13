import { logBeta } from '#watch/judge/numerics/beta';

const logChoose = (n: number, k: number) => (k < 0 || k > n ? Number.NEGATIVE_INFINITY : -Math.log(n + 1) - logBeta(n - k + 1, k + 1));

/** How many standard deviations the experiment ranks above the control moved by `tolerated`; see {@link latestScores}. */
export function shiftScore(control: readonly number[], experiment: readonly number[], tolerated = 0): number {
  return latestScores(control, experiment, tolerated).at(-1) ?? 0;
}

/**
 * How many standard deviations the latest one, two, … samples rank above the control moved by `tolerated` (Mann and Whitney 1947), with continuity
 * correction. Between a sample of the control and twice the tolerated move above it is a tie, so that what ties with the control does not count as
 * better. The variance is the one without ties, which is never too small, so that a worse sample never lowers a score.
 */
export function latestScores(control: readonly number[], experiment: readonly number[], tolerated: number): number[] {
  const m = control.length;
  if (m === 0) return experiment.map(() => 0);
  const sorted = [...control].sort((a, b) => a - b);
  let wins = 0;
  return experiment.toReversed().map((value, index) => {
    const n = index + 1;
    wins += (countUnder(sorted, value - 2 * tolerated, false) + countUnder(sorted, value, true)) / 2;
    return (wins - (m * n) / 2 - 0.5) / Math.sqrt((m * n * (m + n + 1)) / 12);
  });
}

/** Counts the sorted values below `limit`, with `inclusive` also those that equal it. */
function countUnder(sorted: readonly number[], limit: number, inclusive: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = sorted[middle] as number;
    if (value < limit || (inclusive && value === limit)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The chance that so many of the experiment's samples lie above all but `spared` of the control's, if both come from one distribution: of the
 * highest k + spared samples at most `spared` are the control's (the precedence test: Epstein 1954; hypergeometric).
 */
export function exceedanceChance(control: readonly number[], experiment: readonly number[], spared: number): number {
  const [m, n] = [control.length, experiment.length];
  const threshold = [...control].sort((a, b) => b - a)[spared];
  if (threshold === undefined) return 1;
  const above = experiment.filter((value) => value > threshold).length;
  const drawn = above + spared;
  const terms = Array.from({ length: spared + 1 }, (_, i) => Math.exp(logChoose(m, i) + logChoose(n, drawn - i) - logChoose(m + n, drawn)));
  return above === 0
    ? 1
    : Math.min(
        1,
        terms.reduce((sum, term) => sum + term, 0),
      );
}
