import { max, median } from 'simple-statistics';
import { seriesPolicy } from './series-policy.ts';

/** A control with a median of at least 95 % of its ceiling of 1 or 100 % is a rate of success. */
const successful = 0.95;
/** A rate of success may lack a quarter more than its control lacks, as in traces. */
const moreFailures = 0.25;
/** One more failed request in two thousand is always tolerated. */
const fewFailures = 0.0005;

/**
 * Returns the largest move in the bad direction that is of no importance.
 * It is a share of the level; for a rate of success it is a share of what it lacks.
 */
export function toleratedMove(control: readonly number[], sign: 1 | -1): number {
  const level = median([...control]);
  const ceiling = [1, 100].find((top) => sign < 0 && max([...control]) <= top && level >= successful * top);
  if (ceiling === undefined) return seriesPolicy.tolerance * Math.abs(level);
  return Math.max(moreFailures * (ceiling - level), fewFailures * ceiling);
}

/**
 * Returns the largest difference of two samples' quantiles at the same level.
 * Somewhere in its distribution, the experiment is higher by this much.
 */
export function largestMove(control: readonly number[], experiment: readonly number[]): number {
  const [old, now] = [control, experiment].map((samples) => [...samples].sort((a, b) => a - b)) as [number[], number[]];
  const at = (sorted: readonly number[], rank: number, of: number) => sorted[Math.ceil((rank * sorted.length) / of) - 1] as number;
  return Math.max(
    max(now.map((value, index) => value - at(old, index + 1, now.length))),
    max(old.map((value, index) => at(now, index + 1, old.length) - value)),
  );
}
