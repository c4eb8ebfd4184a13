import type { Signal } from '../faults.ts';
import type { Judge } from '../judge.ts';
import type { Bucket } from '../simulate.ts';
import { windows } from '../windows.ts';

/** Lists the limits that a poll exceeds (R-WATCH-3 to 6): error rate > 2 %, p95 > 1 s, CPU > 80 %, memory > 85 %. */
export function overLimits(poll: Bucket): Signal[] {
  const signals: Signal[] = [];
  if (poll.errors > 0.02 * poll.n) signals.push('errors');
  if (poll.over1000 > 0.05 * poll.n) signals.push('latency');
  if (poll.cpu > 80) signals.push('cpu');
  if (poll.memory > 85) signals.push('memory');
  return signals;
}

/** Makes the judge of fixed limits: it rolls back if one poll exceeds any limit (R-WATCH-2: one poll every 30 s). */
export function fixedLimits(poll: number): Judge {
  return {
    name: `fixed limits ${poll} s`,
    poll,
    decide({ candidate }) {
      const polls = windows(candidate, poll).map(overLimits);
      const first = polls.findIndex((signals) => signals.length > 0);
      return first < 0 ? undefined : { at: (first + 1) * poll, signals: polls[first] ?? [] };
    },
  };
}
