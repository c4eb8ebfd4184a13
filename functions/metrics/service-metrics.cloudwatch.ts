import type { CloudWatchClient, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Sample } from '#deployment/release';
import { periodOf, readMetricData, wholePeriods } from './metric-data.cloudwatch.ts';
import type { MetricPoint } from './metrics.port.ts';

const NAMESPACE = 'Sluice/Service';

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  /** How often the watch polls. No window is shorter. */
  readonly intervalSeconds: number;
  /** A request that takes longer counts as slow. */
  readonly slowerThanMs?: number | undefined;
}

/** Reads what one version of a service reported in CloudWatch's embedded metric format between two instants. */
export async function sampleService(cloudwatch: CloudWatchClient, dimensions: Record<string, string>, window: Window): Promise<Sample> {
  const periodSeconds = periodOf(window.intervalSeconds);
  const { fromMs, toMs } = wholePeriods(window, periodSeconds);
  const queries = metricQueries(dimensions, periodSeconds, window.slowerThanMs);
  const read = await readMetricData(cloudwatch, queries, { fromMs, toMs }).catch(noMetrics);
  const valuesOf = (id: string) => (read.get(id) ?? []).flatMap(({ value }) => value ?? []);
  const sum = (id: string) => (valuesOf(id).length > 0 ? valuesOf(id).reduce((total, value) => total + value, 0) : null);
  const most = (id: string) => (valuesOf(id).length > 0 ? Math.max(...valuesOf(id)) : null);
  // If a service reports its requests but not this metric, it does not measure this metric.
  const ifMeasured = (value: number | null) => (value === null && sum('requests') !== null ? undefined : value);
  return {
    fromMs,
    toMs,
    requests: sum('requests'),
    errors: sum('errors'),
    ...(window.slowerThanMs !== undefined && { slow: sum('slow') ?? (sum('requests') === null ? null : 0) }),
    p95Ms: most('latency'),
    cpuPercent: ifMeasured(most('cpu')),
    memoryPercent: ifMeasured(most('memory')),
    exceptionsInLogs: ifMeasured(sum('exceptions')),
    healthy: null,
  };
}

/** Logs an outage of the metrics and returns no data. Missing data holds a release; it is no bad release. */
function noMetrics(error: Error): ReadonlyMap<string, readonly MetricPoint[]> {
  console.log(JSON.stringify({ level: 'error', outcome: 'no metrics', error: error.name, message: error.message }));
  return new Map();
}

function metricQueries(dimensions: Record<string, string>, periodSeconds: number, slowerThanMs: number | undefined): MetricDataQuery[] {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  const query = (id: string, metric: string, stat: string): MetricDataQuery => ({
    Id: id,
    MetricStat: { Metric: { Namespace: NAMESPACE, MetricName: metric, Dimensions }, Period: periodSeconds, Stat: stat },
  });
  return [
    query('requests', 'Requests', 'Sum'),
    query('errors', 'Errors', 'Sum'),
    query('latency', 'Latency', 'p95'),
    query('cpu', 'CpuPercent', 'Maximum'),
    query('memory', 'MemoryPercent', 'Maximum'),
    query('exceptions', 'Exceptions', 'Sum'),
    // Trimmed count: how many values lie above the bound (CloudWatch statistics definitions, TC).
    ...(slowerThanMs === undefined ? [] : [query('slow', 'Latency', `TC(${slowerThanMs}:)`)]),
  ];
}
