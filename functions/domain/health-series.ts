import type { AuditRow } from './audit-event.ts';
import type { EnvironmentName } from './policy.ts';
import type { NextMove, Reading, WatchPhase } from './release.ts';
import type { Verdict } from './verdict.ts';

/** One poll of one watch: what the candidate did, what the version before it did beside it, and what was decided. */
export interface HealthPoint {
  readonly at: string;
  /** Seconds since the first poll of this release. */
  readonly seconds: number;
  readonly phase: WatchPhase;
  readonly verdict: Verdict;
  readonly next: NextMove;
  readonly reason: string;
  readonly requests: number | null;
  readonly errorPercent: number | null;
  readonly errorLimit: number | null;
  readonly responseMs: number | null;
  readonly responseLimit: number | null;
  readonly baselineErrorPercent: number | null;
}

/** Reads the polls of one environment's watch from the audit rows, in order. */
export function healthSeries(rows: readonly AuditRow[], environment: EnvironmentName): HealthPoint[] {
  const polls = rows.flatMap(({ at, event }) =>
    event.type === 'HealthJudged' && event.environment === environment ? [{ at, event }] : [],
  );
  const firstMs = Date.parse(polls[0]?.at ?? '');
  return polls.map(({ at, event: { phase, verdict, next, reason, readings } }) => {
    const errors = readingOf(readings, 'error-rate');
    const response = readingOf(readings, 'response-time');
    return {
      ...{ at, seconds: (Date.parse(at) - firstMs) / 1000, phase, verdict, next, reason },
      requests: errors?.requests ?? null,
      errorPercent: errors?.value ?? null,
      errorLimit: errors?.limit ?? null,
      responseMs: response?.value ?? null,
      responseLimit: response?.limit ?? null,
      baselineErrorPercent: null,
    };
  });
}

const readingOf = (readings: readonly Reading[], metric: Reading['metric']) => readings.find((reading) => reading.metric === metric);
