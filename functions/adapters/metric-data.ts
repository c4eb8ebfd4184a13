import {
  type CloudWatchClient,
  type GetMetricDataCommandInput,
  type MetricDataQuery,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import type { MetricPoint } from '#ports/metrics';
import { MetricSourceFailed } from '#support/errors';

/** Reads every page of CloudWatch's answer, each query's points oldest first; throws MetricSourceFailed when it has no whole answer. */
export async function readMetricData(
  client: CloudWatchClient,
  queries: readonly MetricDataQuery[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<ReadonlyMap<string, readonly MetricPoint[]>> {
  const points = new Map<string, MetricPoint[]>();
  const asked: GetMetricDataCommandInput = {
    StartTime: new Date(fromMs),
    EndTime: new Date(toMs),
    MetricDataQueries: [...queries],
    ScanBy: 'TimestampAscending',
  };
  for await (const { MetricDataResults = [] } of paginateGetMetricData({ client }, asked)) {
    for (const { Id = '', StatusCode, Messages = [], Timestamps = [], Values = [] } of MetricDataResults) {
      const why = Messages.map(({ Value }) => Value).join('; ');
      if (StatusCode === 'InternalError' || StatusCode === 'Forbidden')
        throw new MetricSourceFailed(`CloudWatch: ${Id}: ${StatusCode} ${why}`.trim());
      const read = Values.map((value, index) => ({ atMs: Timestamps[index]?.getTime() ?? fromMs, value }));
      points.set(Id, [...(points.get(Id) ?? []), ...read]);
    }
  }
  return points;
}

/** Rounds a window up to what CloudWatch takes as a period: 1, 5, 10, 30 or whole minutes. */
export function periodOf(seconds: number): number {
  return [1, 5, 10, 30].find((period) => seconds <= period) ?? Math.ceil(seconds / 60) * 60;
}
