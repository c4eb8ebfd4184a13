import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Sample } from '#domain/release';

const NAMESPACE = 'Sluice/Service';

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  /** From where a request counts as slow. */
  readonly slowerThanMs?: number | undefined;
}

/** Reads what one version of a service told of itself in CloudWatch's embedded metric format between two instants. */
export async function sampleService(cloudwatch: CloudWatchClient, dimensions: Record<string, string>, window: Window): Promise<Sample> {
  const { fromMs, toMs } = window;
  const MetricDataQueries = metricQueries(dimensions, windowSeconds(window), window.slowerThanMs);
  const answer = await cloudwatch.send(
    new GetMetricDataCommand({ StartTime: new Date(fromMs), EndTime: new Date(toMs), MetricDataQueries }),
  );
  const valuesOf = (id: string) => answer.MetricDataResults?.find(({ Id }) => Id === id)?.Values ?? [];
  const sum = (id: string) => (valuesOf(id).length > 0 ? valuesOf(id).reduce((total, value) => total + value, 0) : null);
  const most = (id: string) => (valuesOf(id).length > 0 ? Math.max(...valuesOf(id)) : null);
  return {
    fromMs,
    toMs,
    requests: sum('requests'),
    errors: sum('errors'),
    ...(window.slowerThanMs !== undefined && { slow: sum('slow') ?? (sum('requests') === null ? null : 0) }),
    p95Ms: most('latency'),
    memoryPercent: most('memory'),
    exceptionsInLogs: sum('exceptions'),
    healthy: null,
  };
}

/** Whole seconds, and a multiple of 60 above a minute, as CloudWatch wants its periods. */
function windowSeconds({ fromMs, toMs }: Window): number {
  const seconds = (toMs - fromMs) / 1000;
  if (seconds <= 1) return 1;
  return [5, 10, 30].find((period) => seconds <= period) ?? Math.ceil(seconds / 60) * 60;
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
    query('memory', 'MemoryPercent', 'Maximum'),
    query('exceptions', 'Exceptions', 'Sum'),
    // Trimmed count: how many values lie above the bound (CloudWatch statistics definitions, TC).
    ...(slowerThanMs === undefined ? [] : [query('slow', 'Latency', `TC(${slowerThanMs}:)`)]),
  ];
}
