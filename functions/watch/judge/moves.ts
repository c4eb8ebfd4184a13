import { max, median } from 'simple-statistics';
import { seriesPolicy } from './series-policy.ts';

/** A control that never falls further below its ceiling of 1 or 100 % than this is a rate of success. */
const successful = 0.95;
/** Of what a rate of success lacks, so much more is tolerated, as in traces, and one request in two thousand in any case. */
const [moreFailures, fewFailures] = [0.25, 0.0005];

/** Answers which move in the bad direction is of no importance: a share of the level, or of what is lacking where a rate of success may fall. */
export function toleratedMove(control: readonly number[], sign: 1 | -1): number {
  const level = median([...control]);
  const ceiling = [1, 100].find((top) => sign < 0 && max([...control]) <= top && level >= successful * top);
  if (ceiling === undefined) return seriesPolicy.tolerance * Math.abs(level);
  return Math.max(moreFailures * (ceiling - level), fewFailures * ceiling);
}

/** Answers the largest difference of two samples' quantiles at the same level: by so much the experiment is higher somewhere in its distribution. */
export function largestMove(control: readonly number[], experiment: readonly number[]): number {
  const [old, now] = [control, experiment].map((samples) => [...samples].sort((a, b) => a - b)) as [number[], number[]];
  const at = (sorted: readonly number[], rank: number, of: number) => sorted[Math.ceil((rank * sorted.length) / of) - 1] as number;
  return Math.max(
    max(now.map((value, index) => value - at(old, index + 1, now.length))),
    max(old.map((value, index) => at(now, index + 1, old.length) - value)),
  );
}
