import { countsOf } from './evidence.ts';
import type { Release, Sample } from './release.ts';

export type MeasuredBefore = Pick<Release, 'history' | 'historyP95Ms' | 'historyExceptions'>;

/** Keeps what the old version did before the deployment; intervals without data are left out, and none at all is no baseline. */
export function measuredBefore(samples: readonly Sample[]): MeasuredBefore {
  const intervals = samples.flatMap((sample) => countsOf(sample) ?? []);
  const p95s = samples.flatMap(({ p95Ms }) => p95Ms ?? []);
  return {
    ...(intervals.length > 0 && { history: { intervals } }),
    ...(p95s.length > 0 && { historyP95Ms: middle(p95s) }),
    historyExceptions: samples.reduce((sum, { exceptionsInLogs }) => sum + (exceptionsInLogs ?? 0), 0),
  };
}

const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
