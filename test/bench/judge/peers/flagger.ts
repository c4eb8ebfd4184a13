import type { Signal } from '../faults.ts';
import type { Judge } from '../judge.ts';
import type { Bucket } from '../simulate.ts';
import { windows } from '../windows.ts';

function failedChecks(minute: Bucket): Signal[] {
  // For Flagger, a minute without traffic is a failed check.
  if (minute.n === 0) return ['traffic'];
  const signals: Signal[] = [];
  if (minute.n - minute.errors < 0.99 * minute.n) signals.push('errors');
  if (minute.over500 > 0.01 * minute.n) signals.push('latency');
  return signals;
}

/**
 * The Canary of Flagger's documentation (flagger docs/gitbook/usage/metrics.md, controller scheduler_metrics.go):
 * `interval: 1m`, `threshold: 10`, request-success-rate min 99, request-duration (p99) max 500. Failed checks add up.
 */
export const flagger: Judge = {
  name: 'Flagger example',
  poll: 60,
  decide({ candidate }) {
    const named = new Set<Signal>();
    let failed = 0;
    for (const [i, minute] of windows(candidate, 60).entries()) {
      const signals = failedChecks(minute);
      for (const signal of signals) named.add(signal);
      failed += signals.length > 0 ? 1 : 0;
      if (failed >= 10) return { at: (i + 1) * 60, signals: [...named] };
    }
    return undefined;
  },
};
