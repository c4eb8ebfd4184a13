import type { Release, Sample } from '#deployment/release';
import { middle } from './middle.ts';
import { countsOf } from './reading.ts';

export type MeasuredBefore = Pick<Release, 'history' | 'historyP95Ms' | 'historyExceptions'>;

/** Keeps the old version's counts from before the deployment. If no interval has data, there is no history. */
export function measuredBefore(samples: readonly Sample[]): MeasuredBefore {
  const intervals = samples.flatMap((sample) => countsOf(sample) ?? []);
  const p95s = samples.flatMap(({ p95Ms }) => p95Ms ?? []);
  return {
    ...(intervals.length > 0 && { history: { intervals } }),
    ...(p95s.length > 0 && { historyP95Ms: middle(p95s) as number }),
    historyExceptions: Math.max(0, ...samples.map(({ exceptionsInLogs }) => exceptionsInLogs ?? 0)),
  };
}
