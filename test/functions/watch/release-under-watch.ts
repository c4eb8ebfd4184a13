import type { Release, Sample } from '#deployment/release';
import { guidePolicy } from '#policy/policy';
import { planRelease } from '#release/plan';

export const { production } = guidePolicy;
const START = Date.parse('2026-01-01T00:00:00Z');
export const iso = (seconds: number) => new Date(START + seconds * 1000).toISOString();
export const good: Sample = { fromMs: 0, toMs: 30_000, requests: 100, errors: 0, p95Ms: 100, exceptionsInLogs: 0, healthy: true };
export const release: Release = {
  environment: 'production',
  attempt: 1,
  fence: 1,
  startedAt: iso(0),
  plan: planRelease(production),
  stepIndex: 0,
  phase: 'bake',
  phaseStartedAt: iso(0),
  inconclusiveInARow: 0,
  monitoredSeconds: 0,
  intervals: [],
};
/** A poll that finds everything good, except for what a test changes. */
export const poll = (change: Partial<Sample> = {}) => ({ candidate: { ...good, ...change } });
