import * as z from 'zod';
import { MetricSourceFailed } from '#platform/errors';
import type { Fetch } from '#platform/signed-fetch';
import type { PrometheusQuery } from '#policy/metric-query';
import { filled } from './metric-placeholders.ts';
import type { MetricPoint, MetricSubject, MetricWindow } from './metrics.port.ts';

const ANSWER_WITHIN_MS = 10_000;

/** https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries; a sample is `[seconds, "number"]`. */
const rangeResponse = z.discriminatedUnion('status', [
  z.looseObject({
    status: z.literal('success'),
    data: z.looseObject({
      resultType: z.literal('matrix'),
      result: z.array(z.looseObject({ values: z.array(z.tuple([z.number(), z.string()])) })),
    }),
  }),
  z.looseObject({ status: z.literal('error'), errorType: z.string().default(''), error: z.string().default('') }),
]);

/** Reads one series of PromQL over a range from a Prometheus-compatible server. Each step is evaluated at its end. */
export async function readPrometheus(
  fetch: Fetch,
  query: PrometheusQuery,
  subject: MetricSubject,
  window: MetricWindow,
): Promise<readonly MetricPoint[]> {
  const fail = (why: string) => new MetricSourceFailed(`${query.name}: ${new URL(query.url).host}: ${why}`);
  const asked = new URLSearchParams({
    query: filled(query.query, subject, window),
    start: String(window.fromMs / 1000 + window.stepSeconds),
    end: String(window.toMs / 1000),
    step: String(window.stepSeconds),
  });
  const response = await fetch(`${query.url.replace(/\/$/, '')}/api/v1/query_range`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: asked.toString(),
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  }).catch((error: Error) => {
    throw fail(error.name === 'TimeoutError' ? 'no response within 10 s' : 'it could not be reached');
  });
  const read = rangeResponse.safeParse(await response.json().catch(() => undefined));
  if (!read.success) throw fail(`HTTP ${response.status} without a Prometheus response`);
  if (read.data.status === 'error') throw fail(`${read.data.errorType}: ${read.data.error}`);
  const { result } = read.data.data;
  if (result.length > 1) throw fail(`the query returns ${result.length} series; aggregate them into one`);
  return (result[0]?.values ?? []).map(([seconds, text]) => ({
    atMs: Math.round((seconds - window.stepSeconds) * 1000),
    value: numberOf(text),
  }));
}

/** `NaN` and the infinities come from a division by zero. */
const numberOf = (text: string) => (Number.isFinite(Number(text)) ? Number(text) : null);
