import { logBeta } from '#watch/judge/numerics/beta';

const logChoose = (n: number, k: number) => (k < 0 || k > n ? Number.NEGATIVE_INFINITY : -Math.log(n + 1) - logBeta(n - k + 1, k + 1));

/** The score of the whole experiment against the control moved by `tolerated`; see {@link latestScores}. */
export function shiftScore(control: readonly number[], experiment: readonly number[], tolerated = 0): number {
  return latestScores(control, experiment, tolerated).at(-1) ?? 0;
}

/**
 * For the latest one, two, … samples: how many standard deviations they rank above the control moved by `tolerated`.
 * It is the test of Mann and Whitney (1947) with continuity correction.
 */
export function latestScores(control: readonly number[], experiment: readonly number[], tolerated: number): number[] {
  const m = control.length;
  if (m === 0) return experiment.map(() => 0);
  const sorted = [...control].sort((a, b) => a - b);
  let wins = 0;
  return experiment.toReversed().map((value, index) => {
    const n = index + 1;
    // From a sample of the control to twice the tolerated move above it is a tie.
    // So a sample that ties with the control does not count as better.
    wins += (countUnder(sorted, value - 2 * tolerated, false) + countUnder(sorted, value, true)) / 2;
    // The variance without ties is never too small, so a worse sample never lowers a score.
    return (wins - (m * n) / 2 - 0.5) / Math.sqrt((m * n * (m + n + 1)) / 12);
  });
}

/** Counts the sorted values below `limit`; `inclusive` also counts the values equal to it. */
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
 * The chance that this many of the experiment's samples exceed all but `spared` of the control's, in one distribution.
 * At most `spared` of the highest k + spared samples are the control's (precedence test: Epstein 1954; hypergeometric).
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
