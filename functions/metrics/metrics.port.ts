import type { MetricQuery } from '#policy/metric-query';

/** The version and the environment that a query is about. */
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
  /** Start of the step that this point covers. */
  readonly atMs: number;
  /** null if the source itself reports that there is no number. */
  readonly value: number | null;
}

export interface MetricSources {
  /** Reads one query's values over a window, oldest first; throws MetricSourceFailed if the source is broken. */
  readMetric(query: MetricQuery, subject: MetricSubject, window: MetricWindow): Promise<readonly MetricPoint[]>;
}
