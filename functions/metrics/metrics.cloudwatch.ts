import type { CloudWatchClient, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { MetricSourceFailed } from '#platform/errors';
import type { CloudWatchQuery } from '#policy/metric-query';
import { periodOf, readMetricData, wholePeriods } from './metric-data.cloudwatch.ts';
import { filled } from './metric-placeholders.ts';
import type { MetricPoint, MetricSubject, MetricWindow } from './metrics.port.ts';

const RESULT = 'result';

/** Reads one series of metric math from CloudWatch. */
export async function readCloudWatch(
  client: CloudWatchClient,
  query: CloudWatchQuery,
  subject: MetricSubject,
  window: MetricWindow,
): Promise<readonly MetricPoint[]> {
  const { inputs, name } = query;
  const Period = periodOf(window.stepSeconds);
  const measured = Object.entries(inputs).map(([Id, { namespace, metric, dimensions, stat }]): MetricDataQuery => {
    const Dimensions = Object.entries(dimensions).map(([Name, value]) => ({ Name, Value: filled(value, subject, window) }));
    return { Id, ReturnData: false, MetricStat: { Metric: { Namespace: namespace, MetricName: metric, Dimensions }, Period, Stat: stat } };
  });
  const expression = { Id: RESULT, Expression: filled(query.query, subject, window), Period };
  const answered = await readMetricData(client, [...measured, expression], wholePeriods(window, Period)).catch((error: Error) => {
    throw error instanceof MetricSourceFailed ? error : new MetricSourceFailed(`${name}: CloudWatch: ${error.name}: ${error.message}`);
  });
  const series = answered.get(RESULT) ?? [];
  const times = new Set(series.map(({ atMs }) => atMs));
  if (times.size < series.length) throw new MetricSourceFailed(`${name}: the expression returns several series; aggregate them into one`);
  return series;
}
