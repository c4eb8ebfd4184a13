import * as z from 'zod';
import { bearerSchema, noAuthenticationSchema, sigV4Schema } from '#platform/endpoint';
import { environmentNames } from './policy.ts';

const named = {
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
  /** The bad direction. */
  direction: z.enum(['increase', 'decrease']),
  /** Beyond this the metric fails at once. Without a limit, only a change since before the deployment counts. */
  limit: z.number().optional(),
  /** A Failed metric rolls back, or only alerts and holds the release. */
  onFailed: z.enum(['roll-back', 'hold']).default('roll-back'),
  environments: z.array(z.enum(environmentNames)).default([...environmentNames]),
};

/** Metric math over inputs. `$version` and `$environment` stand for the watched version and its environment. */
const cloudWatchQuery = z.strictObject({
  ...named,
  source: z.literal('cloudwatch'),
  query: z.string(),
  inputs: z.record(
    z.string().regex(/^[a-z]\w*$/),
    z.strictObject({
      namespace: z.string(),
      metric: z.string(),
      dimensions: z.record(z.string(), z.string()).default({}),
      stat: z.string(),
    }),
  ),
});
export type CloudWatchQuery = z.infer<typeof cloudWatchQuery>;

/** PromQL that returns one series. It may use `$version`, `$environment` and `$window` (for example `30s`). */
const prometheusQuery = z.strictObject({
  ...named,
  source: z.literal('prometheus'),
  /** The URL up to `/api/v1`; for Amazon Managed Prometheus the workspace's endpoint. */
  url: z.url(),
  authentication: z.discriminatedUnion('kind', [noAuthenticationSchema, sigV4Schema, bearerSchema]).prefault({ kind: 'none' }),
  query: z.string(),
});
export type PrometheusQuery = z.infer<typeof prometheusQuery>;

/** A URL that each poll requests: 1 for status 200 and 0 for any other, or the response time in milliseconds. */
const probeQuery = z.strictObject({
  ...named,
  source: z.literal('probe'),
  query: z.url(),
  measures: z.enum(['success', 'milliseconds']).default('success'),
  limit: z.number(),
});
export type ProbeQuery = z.infer<typeof probeQuery>;

/** Business metrics and integrations, named by their owners. */
export const metricQuerySchema = z.discriminatedUnion('source', [cloudWatchQuery, prometheusQuery, probeQuery]);
export type MetricQuery = z.infer<typeof metricQuerySchema>;
