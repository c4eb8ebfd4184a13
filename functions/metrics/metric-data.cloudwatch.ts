import {
  type CloudWatchClient,
  type GetMetricDataCommandInput,
  type MetricDataQuery,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import { MetricSourceFailed } from '#platform/errors';
import type { MetricPoint } from './metrics.port.ts';

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Reads every page of CloudWatch's answer, each query's points oldest first; throws MetricSourceFailed when it has no whole answer. */
export async function readMetricData(
  client: CloudWatchClient,
  queries: readonly MetricDataQuery[],
  { fromMs, toMs }: Span,
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
      // CloudWatch rounds StartTime down (of 1 s periods to the minute), and would tell of periods before the window.
      points.set(Id, [...(points.get(Id) ?? []), ...read.filter(({ atMs }) => atMs >= fromMs)]);
    }
  }
  return points;
}

/** Rounds down to what CloudWatch takes as a period: 1, 5, 10, 30 or whole minutes. */
export function periodOf(seconds: number): number {
  return seconds >= 60 ? Math.floor(seconds / 60) * 60 : ([30, 10, 5].find((period) => seconds >= period) ?? 1);
}

/** Moves a window back to whole periods: windows that adjoin still do, and a period that is not over is left to the next one. */
export function wholePeriods({ fromMs, toMs }: Span, periodSeconds: number): Span {
  const startOf = (atMs: number) => Math.floor(atMs / (periodSeconds * 1000)) * periodSeconds * 1000;
  return { fromMs: startOf(fromMs), toMs: startOf(toMs) };
}
