import type { CheckResult, Sample, Serving } from '#deployment/release';
import type { CheckName } from '#policy/policy';
import type { Artifact } from '#target/target.port';
import type { HealthReply, ValidationReply } from './replies.ts';

const REFERENCE = /^(.+)@sha256:([0-9a-f]{64})$/;

/**
 * Names an artifact by its key and digest, as images are named.
 * So the name of the serving version identifies its content.
 */
export const versionNaming = ({ key, digest }: Artifact): string => `${key}@sha256:${Buffer.from(digest, 'base64').toString('hex')}`;

/** Reads an artifact back from the version that names it; undefined if Sluice did not name the version. */
export function artifactOf(version: string): Artifact | undefined {
  const [, key, hex] = REFERENCE.exec(version) ?? [];
  return key && hex ? { key, digest: Buffer.from(hex, 'hex').toString('base64') } : undefined;
}

export function servingOf({ version = '', deploymentId = version }: HealthReply): Serving {
  return { version, codeSha256: artifactOf(version)?.digest ?? version, revision: deploymentId };
}

/** The health of the serving version, as the server's own watch reports it. */
export const saidHealthy = ({ healthChecksPassing, status }: HealthReply): boolean | undefined =>
  status === 'failed' ? false : healthChecksPassing;

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The sample of a window without any data. */
export const unknownSample = (window: Window): Sample => ({ ...window, requests: null, errors: null, healthy: null });

/**
 * Reads a server's numbers; a failed look has none.
 * A count is the server's own, or else its rate times the watched time, or else unknown.
 */
export function sampleOf(reply: HealthReply, window: Window): Sample {
  const healthy = saidHealthy(reply) ?? null;
  if (!reply.success) return { ...unknownSample(window), healthy };
  const read = { ...reply, ...reply.metrics };
  const seconds = reply.monitoringPeriod?.duration ?? (window.toMs - window.fromMs) / 1000;
  const rated = timesRate(read.requestRate, seconds);
  const requests = read.requests ?? (rated === null ? null : Math.round(rated));
  // Keep fractions: rounded to whole errors, 3 % of 15 requests would be 0.
  const errors = read.errors ?? (requests === null ? null : timesRate(read.errorRate, requests / 100));
  return {
    ...window,
    requests,
    errors: requests === null || errors === null ? null : Math.min(errors, requests),
    p95Ms: read.responseTime ?? read.avgResponseTime,
    cpuPercent: read.cpuUsage,
    memoryPercent: read.memoryUsage,
    healthy,
  };
}

const timesRate = (rate: number | null | undefined, amount: number) =>
  rate === null || rate === undefined ? null : Math.round(rate * amount * 1000) / 1000;

/**
 * Reads one check from a validation: by its name or category, or else from the whole.
 * A check that the reply leaves out is Inconclusive.
 */
export function checkOf(check: CheckName, reply: ValidationReply): CheckResult {
  const matching = reply.checks?.filter(({ name, category }) => name === check || category === check);
  if (matching === undefined) return wholeOf(check, reply);
  if (matching.length === 0) return { check, verdict: 'Inconclusive', detail: 'the server reports nothing about this check' };
  const failed = matching.filter(({ status }) => status === 'failed');
  const detail = (failed.length > 0 ? failed : matching).map(({ name, message }) => message || name).join('; ');
  return { check, verdict: failed.length > 0 ? 'Failed' : 'Successful', detail };
}

function wholeOf(check: CheckName, { passed, success, message }: ValidationReply): CheckResult {
  const verdict = (passed ?? success) ? 'Successful' : 'Failed';
  return { check, verdict, detail: message ?? `the server's validation as a whole ${verdict === 'Failed' ? 'failed' : 'passed'}` };
}
