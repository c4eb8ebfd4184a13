import type { AuditRow } from '#deployment/audit-event';
import type { NextMove, Reading, WatchPhase } from '#deployment/release';
import type { Verdict } from '#deployment/verdict';
import type { EnvironmentName } from '#policy/policy';

interface Counted {
  readonly n?: number | null | undefined;
  readonly errors?: number | null | undefined;
}

/** The old version's level before the release began. It is the baseline if the two never ran side by side. */
export interface LevelBefore {
  readonly errorPercent: number | null;
  readonly responseMs: number | null;
}

/** One poll of one watch: the candidate's values, the old version's values and the decision. */
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
  readonly baselineErrorPercent: number | null;
  readonly responseMs: number | null;
  readonly responseLimit: number | null;
  readonly baselineResponseMs: number | null;
}

/** The fields of a poll besides its readings: the counts of both versions, if both served. */
interface Polled {
  readonly phase: WatchPhase;
  readonly interval?: { readonly baseline?: Counted | null | undefined } | undefined;
}

/** Reads the polls of one environment's watch from the audit rows, in order. */
export function healthSeries(rows: readonly AuditRow[], environment: EnvironmentName, before?: LevelBefore): HealthPoint[] {
  const polls = rows.flatMap(({ at, event }) =>
    event.type === 'HealthJudged' && event.environment === environment ? [{ at, event }] : [],
  );
  const firstMs = Date.parse(polls[0]?.at ?? '');
  return polls.map(({ at, event }) => {
    const { phase, verdict, next, reason, readings } = event;
    const errors = readingOf(readings, 'error-rate');
    const response = readingOf(readings, 'response-time');
    return {
      at,
      seconds: (Date.parse(at) - firstMs) / 1000,
      phase,
      verdict,
      next,
      reason,
      requests: errors?.requests ?? null,
      errorPercent: errors?.value ?? null,
      errorLimit: errors?.limit ?? null,
      baselineErrorPercent: besideIt(event) ?? before?.errorPercent ?? null,
      responseMs: response?.value ?? null,
      responseLimit: response?.limit ?? null,
      baselineResponseMs: before?.responseMs ?? null,
    };
  });
}

const readingOf = (readings: readonly Reading[], metric: Reading['metric']) => readings.find((reading) => reading.metric === metric);

const rate = ({ n, errors }: Counted): number | null => (n && typeof errors === 'number' ? (100 * errors) / n : null);

const besideIt = ({ interval }: Polled): number | null => (interval?.baseline ? rate(interval.baseline) : null);

/** The fields of a release about the time before it. */
interface Measured {
  readonly environment: EnvironmentName;
  readonly history?: (Counted & { readonly intervals?: readonly (Counted | null)[] | undefined }) | undefined;
  readonly historyP95Ms?: number | undefined;
}

/** Reads the old version's level from before the release began. */
export function beforeOf(release: Measured | undefined): LevelBefore | undefined {
  if (!release?.history && release?.historyP95Ms === undefined) return undefined;
  const { n, errors, intervals = [] } = release.history ?? {};
  const sum = (of: (counted: Counted) => number | null | undefined) =>
    intervals.reduce((total, counted) => total + ((counted && of(counted)) ?? 0), 0);
  const errorPercent = rate({ n: n ?? sum((counted) => counted.n), errors: errors ?? sum((counted) => counted.errors) });
  return { errorPercent, responseMs: release.historyP95Ms ?? null };
}
