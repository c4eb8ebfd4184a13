import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { Secrets } from '#platform/secrets.port';
import { type Fetch, type Signer, signedFetch } from '#platform/signed-fetch';
import type { MetricQuery, ProbeQuery, PrometheusQuery } from '#policy/metric-query';
import { readCloudWatch } from './metrics.cloudwatch.ts';
import type { MetricPoint, MetricSources, MetricSubject, MetricWindow } from './metrics.port.ts';
import { readPrometheus } from './metrics.prometheus.ts';
import { probeOverHttp } from './probe.http.ts';

export interface SourceParts {
  readonly cloudwatch: CloudWatchClient;
  readonly signer: Signer;
  readonly secrets: Secrets;
  readonly now: () => Date;
}

/** Reads each named query from the source that its owners configured. */
export class ConfiguredMetricSources implements MetricSources {
  readonly #parts: SourceParts;

  constructor(parts: SourceParts) {
    this.#parts = parts;
  }

  async readMetric(query: MetricQuery, subject: MetricSubject, window: MetricWindow): Promise<readonly MetricPoint[]> {
    if (query.source === 'cloudwatch') return readCloudWatch(this.#parts.cloudwatch, query, subject, window);
    if (query.source === 'prometheus') return readPrometheus(await this.#fetchFor(query), query, subject, window);
    return this.#probe(query, window);
  }

  async #fetchFor({ authentication }: PrometheusQuery): Promise<Fetch> {
    const { signer, secrets, now } = this.#parts;
    if (authentication.kind === 'none') return fetch;
    if (authentication.kind === 'sigv4') return signedFetch(signer, authentication, now);
    const authorization = `Bearer ${await secrets.readSecret(authentication.token)}`;
    return (url, init) => fetch(url, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), authorization } });
  }

  /** A probe can only measure now. A window in the past has no points. */
  async #probe({ name, query, measures }: ProbeQuery, { toMs, stepSeconds }: MetricWindow): Promise<readonly MetricPoint[]> {
    if (toMs < this.#parts.now().getTime() - stepSeconds * 1000) return [];
    const { pathname, search } = new URL(query);
    const { status, durationMs } = await probeOverHttp(query, { name, method: 'GET', path: `${pathname}${search}`, expectStatus: 200 });
    const atMs = toMs - stepSeconds * 1000;
    if (measures === 'success') return [{ atMs, value: status === 200 ? 1 : 0 }];
    return [{ atMs, value: status === 200 ? durationMs : null }];
  }
}
