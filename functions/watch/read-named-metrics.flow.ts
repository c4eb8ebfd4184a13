import type { Release } from '#deployment/release';
import type { MetricSources, MetricWindow } from '#metrics/metrics.port';
import { MetricSourceFailed, SecretUnreadable } from '#platform/errors';
import type { MetricQuery } from '#policy/metric-query';
import type { EnvironmentPolicy } from '#policy/policy';
import type { NamedMetric } from './named-metrics.ts';

/** More steps than this add no knowledge and make the response longer. */
const MOST_STEPS = 120;

interface Watched {
  readonly release: Release;
  readonly policy: EnvironmentPolicy;
  /** End of the data that has arrived by now. */
  readonly toMs: number;
}

/** Reads every named query of an environment: since the monitoring began, and as long before the deployment. */
export function readNamedMetrics(sources: MetricSources, queries: readonly MetricQuery[], watched: Watched): Promise<NamedMetric[]> {
  const mine = queries.filter(({ environments }) => environments.includes(watched.release.environment));
  return Promise.all(mine.map((query) => readOne(sources, query, watched)));
}

async function readOne(sources: MetricSources, query: MetricQuery, { release, policy, toMs }: Watched): Promise<NamedMetric> {
  const { environment, candidateVersion = '', baseline } = release;
  const { since, before } = windowsOf(release, policy, toMs);
  const read = async (version: string, window: MetricWindow) => ({
    window,
    points: await sources.readMetric(query, { version, environment }, window),
  });
  const { name, direction, limit, onFailed } = query;
  const described = { name, direction, limit, onFailed };
  try {
    return { ...described, since: await read(candidateVersion, since), before: await read(baseline?.version ?? candidateVersion, before) };
  } catch (error) {
    // A broken source is a fact about the source. The judge gets the problem and holds the release.
    if (!(error instanceof MetricSourceFailed || error instanceof SecretUnreadable)) throw error;
    return { ...described, since: { window: since, points: [] }, before: { window: before, points: [] }, problem: error.message };
  }
}

function windowsOf({ startedAt, phase, phaseStartedAt }: Release, policy: EnvironmentPolicy, toMs: number) {
  const { monitorSeconds, intervalSeconds } = policy;
  const watchedSeconds = (toMs - Date.parse(phaseStartedAt)) / 1000 + (phase === 'verify' ? monitorSeconds : 0);
  const steps = Math.min(MOST_STEPS, Math.max(1, Math.floor(watchedSeconds / intervalSeconds)));
  const window = (endMs: number): MetricWindow => ({
    fromMs: endMs - steps * intervalSeconds * 1000,
    toMs: endMs,
    stepSeconds: intervalSeconds,
  });
  return { since: window(toMs), before: window(Date.parse(startedAt)) };
}
