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

/**
 * Reads every page of CloudWatch's response; the points of each query come oldest first.
 * If CloudWatch has no complete response, this throws MetricSourceFailed.
 */
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
      // CloudWatch rounds StartTime down (for periods of 1 s to the minute), so it also returns earlier periods.
      points.set(Id, [...(points.get(Id) ?? []), ...read.filter(({ atMs }) => atMs >= fromMs)]);
    }
  }
  return points;
}

/** Rounds down to a period that CloudWatch accepts: 1, 5, 10 or 30 seconds, or whole minutes. */
export function periodOf(seconds: number): number {
  return seconds >= 60 ? Math.floor(seconds / 60) * 60 : ([30, 10, 5].find((period) => seconds >= period) ?? 1);
}

/**
 * Moves a window back to whole periods, so that adjacent windows stay adjacent.
 * A period that is not over yet falls into the next window.
 */
export function wholePeriods({ fromMs, toMs }: Span, periodSeconds: number): Span {
  const startOf = (atMs: number) => Math.floor(atMs / (periodSeconds * 1000)) * periodSeconds * 1000;
  return { fromMs: startOf(fromMs), toMs: startOf(toMs) };
}
