import type { Reading, Release, Sample } from '#deployment/release';
import type { EnvironmentPolicy } from '#policy/policy';
import { before } from '#watch/judge/before';
import { excuse } from '#watch/judge/literal';
import { middle } from './middle.ts';

type ReleaseInterval = Release['intervals'][number];

interface Both {
  readonly candidate: Sample;
  readonly baseline?: Sample | undefined;
}

/**
 * Excuses a breach that the release did not cause.
 * The old version had it too, before the deployment or beside the candidate, and it is no worse now.
 */
export function excused(reading: Reading, release: Release, policy: EnvironmentPolicy, both: Both, interval: ReleaseInterval): Reading {
  if (reading.verdict !== 'Failed') return reading;
  const why =
    reading.metric === 'error-rate'
      ? excuse(interval, before(release.history, 'errors'), policy.limits)
      : noWorse(reading, earlierOf(reading.metric, release, policy, both));
  return why ? { ...reading, verdict: 'Successful', detail: `${reading.detail}, but ${why}` } : reading;
}

function noWorse({ value, limit }: Reading, earlier: Earlier | undefined): string | undefined {
  if (earlier === undefined || value === null || limit === null || earlier.level <= limit) return undefined;
  return value <= earlier.upTo ? `the old version had ${Math.round(earlier.level)} already` : undefined;
}

interface Earlier {
  readonly level: number;
  /** A value above this is the release's doing. */
  readonly upTo: number;
}

/** With few requests, a quantile or a count can double by chance. */
const scaled = (level: number, intervals = 1): Earlier => ({ level, upTo: 2 * intervals * level });
/** A gauge in percent can move by 10 points by chance. */
const gauge = (level: number): Earlier => ({ level, upTo: level + 10 });

/** The old version's level of a metric: before the deployment or beside the candidate, the higher one. */
function earlierOf(metric: Reading['metric'], release: Release, policy: EnvironmentPolicy, { candidate, baseline }: Both) {
  const { history, historyP95Ms = 0, historyExceptions = 0 } = release;
  const levelOf = (name: 'cpu' | 'memory') => middle(history?.intervals.flatMap((counts) => counts[name] ?? []) ?? []) ?? 0;
  if (metric === 'cpu') return gauge(Math.max(levelOf('cpu'), baseline?.cpuPercent ?? 0));
  if (metric === 'memory') return gauge(Math.max(levelOf('memory'), baseline?.memoryPercent ?? 0));
  if (metric === 'response-time') return scaled(Math.max(historyP95Ms, baseline?.p95Ms ?? 0));
  if (metric !== 'exceptions-in-logs') return undefined;
  // A late poll counts the exceptions of several intervals.
  const intervals = Math.max(1, (candidate.toMs - candidate.fromMs) / 1000 / policy.intervalSeconds);
  return scaled(Math.max(historyExceptions, baseline?.exceptionsInLogs ?? 0), intervals);
}
