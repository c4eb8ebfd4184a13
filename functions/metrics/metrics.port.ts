import type { MetricQuery } from '#policy/metric-query';

/** What a query is asked about. */
export interface MetricSubject {
  readonly version: string;
  readonly environment: string;
}

export interface MetricWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepSeconds: number;
}

export interface MetricPoint {
  /** When the step began that it tells of. */
  readonly atMs: number;
  /** null where the source itself says that there is no number. */
  readonly value: number | null;
}

export interface MetricSources {
  /** Reads one query's values over a window, oldest first; throws MetricSourceFailed when the source is broken. */
  readMetric(query: MetricQuery, subject: MetricSubject, window: MetricWindow): Promise<readonly MetricPoint[]>;
}
