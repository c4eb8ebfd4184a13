import * as z from 'zod';
import { bearerSchema, noAuthenticationSchema, sigV4Schema } from '#platform/endpoint';
import { environmentNames } from './policy.ts';

const named = {
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
  /** Which way is bad. */
  direction: z.enum(['increase', 'decrease']),
  /** Beyond this it fails at once; without one only what changed since before the deployment counts. */
  limit: z.number().optional(),
  /** Whether a failed metric rolls back, or only alerts and holds the release. */
  onFailed: z.enum(['roll-back', 'hold']).default('roll-back'),
  environments: z.array(z.enum(environmentNames)).default([...environmentNames]),
};

/** Metric math over inputs, in which `$version` and `$environment` stand for the watched version and its environment. */
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

/** PromQL that answers one series, with `$version`, `$environment` and `$window` (as `30s`). */
const prometheusQuery = z.strictObject({
  ...named,
  source: z.literal('prometheus'),
  /** What stands before `/api/v1`; of Amazon Managed Prometheus the workspace's endpoint. */
  url: z.url(),
  authentication: z.discriminatedUnion('kind', [noAuthenticationSchema, sigV4Schema, bearerSchema]).prefault({ kind: 'none' }),
  query: z.string(),
});
export type PrometheusQuery = z.infer<typeof prometheusQuery>;

/** A URL that is asked at each poll: 1 where it answers 200, 0 where not, or how long it takes in milliseconds. */
const probeQuery = z.strictObject({
  ...named,
  source: z.literal('probe'),
  query: z.url(),
  measures: z.enum(['success', 'milliseconds']).default('success'),
  limit: z.number(),
});
export type ProbeQuery = z.infer<typeof probeQuery>;

/** Business metrics and integrations as their owners name them. */
export const metricQuerySchema = z.discriminatedUnion('source', [cloudWatchQuery, prometheusQuery, probeQuery]);
export type MetricQuery = z.infer<typeof metricQuerySchema>;
