import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import { jsonBody } from '../../endpoint/json-protocol.ts';
import { type ApiCall, ApiError, type HostContext } from '../host.ts';
import { evaluate, type Series } from './expression.ts';
import { statistic } from './statistics.ts';
import { type MetricStore, seriesKey } from './store.ts';

type Operation = (store: MetricStore, call: ApiCall, context: HostContext) => object;

export const OPERATIONS: Record<string, Operation> = {
  GetMetricData: getMetricData,
  PutMetricData: putMetricData,
  ListMetrics: listMetrics,
};

const Dimensions = z.array(z.object({ Name: z.string(), Value: z.string() })).default([]);
const MetricStat = z.object({
  Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions }),
  Period: z.int().min(1),
  Stat: z.string(),
});
const Query = z.object({
  Id: z.string().regex(/^[a-z]\w*$/),
  MetricStat: MetricStat.optional(),
  Expression: z.string().optional(),
  Label: z.string().optional(),
  ReturnData: z.boolean().default(true),
});
const GetMetricData = z.object({
  MetricDataQueries: z.array(Query).min(1).max(500),
  StartTime: z.number(),
  EndTime: z.number(),
  ScanBy: z.enum(['TimestampAscending', 'TimestampDescending']).default('TimestampDescending'),
});
type Query = z.infer<typeof Query>;

function getMetricData(store: MetricStore, call: ApiCall): object {
  const { MetricDataQueries, StartTime, EndTime, ScanBy } = parsed(GetMetricData, call);
  if (StartTime >= EndTime) throw new ApiError('ValidationError', 'The parameter StartTime must be less than the parameter EndTime.');
  const range = { fromMs: StartTime * 1000, toMs: EndTime * 1000 };
  const byId = new Map(MetricDataQueries.map((query) => [query.Id, query]));
  const seriesOf = (id: string, path: string[] = []): Series => {
    const query = byId.get(id);
    if (!query || path.includes(id))
      throw new ApiError('ValidationError', `The expression refers to ${id}, which is not a query before it`);
    if (query.MetricStat) return measured(store, query.MetricStat, range);
    return evaluate(query.Expression ?? '', (other) => seriesOf(other, [...path, id]));
  };
  return {
    MetricDataResults: MetricDataQueries.filter(({ ReturnData }) => ReturnData).map((query) => result(query, seriesOf(query.Id), ScanBy)),
  };
}

/**
 * GetMetricData rounds StartTime down: to the period for these periods, to the minute for others. EndTime excludes
 * periods that begin there, so a point may include later values.
 */
const SHORT_PERIODS = [5, 10, 20, 30];

function measured(
  store: MetricStore,
  { Metric, Period, Stat }: z.infer<typeof MetricStat>,
  range: { fromMs: number; toMs: number },
): Series {
  const key = seriesKey(Metric.Namespace, Metric.MetricName, dimensionsOf(Metric.Dimensions));
  const periodMs = Period * 1000;
  const roundedToMs = SHORT_PERIODS.includes(Period) ? periodMs : 60_000;
  const fromMs = Math.floor(range.fromMs / roundedToMs) * roundedToMs;
  const toMs = fromMs + Math.ceil((range.toMs - fromMs) / periodMs) * periodMs;
  const startOf = (atMs: number) => fromMs + Math.floor((atMs - fromMs) / periodMs) * periodMs;
  const periods = Map.groupBy(store.between(key, fromMs, toMs), ({ at_ms }) => startOf(at_ms));
  return new Map([...periods].map(([start, points]) => [start, statistic(Stat, points)]));
}

function result({ Id, Label, MetricStat: metric }: Query, series: Series, order: string): object {
  const sorted = [...series].sort(([a], [b]) => (order === 'TimestampAscending' ? a - b : b - a));
  return {
    Id,
    Label: Label ?? metric?.Metric.MetricName ?? Id,
    Timestamps: sorted.map(([time]) => time / 1000),
    Values: sorted.map(([, value]) => value),
    StatusCode: 'Complete',
  };
}

const Datum = z.object({
  MetricName: z.string(),
  Dimensions,
  Timestamp: z.number().optional(),
  Value: z.number().optional(),
  Values: z.array(z.number()).optional(),
  Counts: z.array(z.number()).optional(),
});
const PutMetricData = z.object({ Namespace: z.string(), MetricData: z.array(Datum).max(1000) });

function putMetricData(store: MetricStore, call: ApiCall, { clock }: HostContext): object {
  const { Namespace, MetricData } = parsed(PutMetricData, call);
  for (const { MetricName, Dimensions: given, Timestamp, Value, Values, Counts } of MetricData) {
    const values = Values ?? (Value === undefined ? [] : [Value]);
    if (values.length === 0) throw new ApiError('MissingParameter', `${MetricName} has no Value and no Values`);
    const key = seriesKey(Namespace, MetricName, dimensionsOf(given));
    const atMs = Timestamp === undefined ? clock.nowMs() : Timestamp * 1000;
    for (const [index, value] of values.entries()) store.add(key, atMs, value, Counts?.[index] ?? 1);
  }
  return {};
}

const ListMetrics = z.object({ Namespace: z.string().optional(), MetricName: z.string().optional() });

function listMetrics(store: MetricStore, call: ApiCall): object {
  const wanted = parsed(ListMetrics, call);
  const all = store.keys().map((key) => JSON.parse(key) as [string, string, [string, string][]]);
  const chosen = all.filter(([namespace, name]) => (wanted.Namespace ?? namespace) === namespace && (wanted.MetricName ?? name) === name);
  return {
    Metrics: chosen.map(([Namespace, MetricName, pairs]) => ({
      Namespace,
      MetricName,
      Dimensions: pairs.map(([Name, Value]) => ({ Name, Value })),
    })),
  };
}

const dimensionsOf = (given: z.infer<typeof Dimensions>) => Object.fromEntries(given.map(({ Name, Value }) => [Name, Value]));

/** The SDK compresses the larger bodies of PutMetricData. */
function parsed<T>(schema: z.ZodType<T>, call: ApiCall): T {
  const body = call.headers['content-encoding'] === 'gzip' ? gunzipSync(call.body) : call.body;
  const checked = schema.safeParse(jsonBody({ ...call, body }));
  if (checked.success) return checked.data;
  throw new ApiError('InvalidParameterValue', z.prettifyError(checked.error));
}
