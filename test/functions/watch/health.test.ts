import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sample } from '#deployment/release';
import { guidePolicy, type Limits } from '#policy/policy';
import { holding, readSample, verdictOf } from '#watch/health';

const { production, staging } = guidePolicy;
const good: Sample = {
  fromMs: 0,
  toMs: 30_000,
  requests: 1000,
  errors: 0,
  p95Ms: 120,
  cpuPercent: 40,
  memoryPercent: 50,
  exceptionsInLogs: 0,
  healthy: true,
};
const verdict = (change: Partial<Sample>, limits: Limits = production.limits) => verdictOf(readSample({ ...good, ...change }, limits));
const reading = (change: Partial<Sample>, metric: string) =>
  readSample({ ...good, ...change }, production.limits).find((each) => each.metric === metric);

describe('the limits of R-WATCH, read as written', () => {
  it('passes a healthy interval', () => {
    expect(verdict({})).toBe('Successful');
  });

  it.each([
    ['error rate over 2 %', { errors: 21 }, 'Failed'],
    ['error rate of exactly 2 %', { errors: 20 }, 'Successful'],
    ['response time over 1 s', { p95Ms: 1000.1 }, 'Failed'],
    ['response time of exactly 1 s', { p95Ms: 1000 }, 'Successful'],
    ['an exception in the logs', { exceptionsInLogs: 1 }, 'Failed'],
    ['a failed health check', { healthy: false }, 'Failed'],
  ] as const)('reads %s (%j) as %s', (_name, change, expected) => {
    expect(verdict(change)).toBe(expected);
  });

  it('fails staging at an error rate of exactly 1 %', () => {
    expect(verdict({ errors: 10 }, staging.limits)).toBe('Failed');
    expect(verdict({ errors: 9 }, staging.limits)).toBe('Successful');
  });

  it('judges an interval Inconclusive without data, with too few requests or without a call of the health path', () => {
    expect(verdict({ requests: null, errors: null })).toBe('Inconclusive');
    expect(verdict({ requests: 9, errors: 9 })).toBe('Inconclusive');
    expect(verdict({ requests: 0, errors: 0 })).toBe('Inconclusive');
    expect(verdict({ healthy: null })).toBe('Inconclusive');
  });

  it('holds for CPU and memory over their limits, and rolls back only if policy says so', () => {
    const over = { cpuPercent: 81, memoryPercent: 86 };

    expect(verdict(over)).toBe('Successful');
    expect(holding(readSample({ ...good, ...over }, production.limits))).toEqual(['cpu: 81 % against 80 %', 'memory: 86 % against 85 %']);
    expect(verdict(over, { ...production.limits, resourcesRollBack: true })).toBe('Failed');
  });

  it('reads a metric that the target cannot measure as NotApplicable', () => {
    expect(reading({ cpuPercent: undefined }, 'cpu')?.verdict).toBe('NotApplicable');
    expect(verdict({ cpuPercent: undefined, memoryPercent: undefined })).toBe('Successful');
  });

  it('reports every breach with its margin, not only the first', () => {
    const failed = readSample({ ...good, errors: 50, p95Ms: 1500 }, production.limits).filter((each) => each.verdict === 'Failed');

    expect(failed.map(({ metric, margin }) => [metric, margin])).toEqual([
      ['error-rate', -3],
      ['response-time', -500],
    ]);
  });

  it('needs the minimum number of requests for rates, and none for resources', () => {
    expect(reading({ requests: 9 }, 'response-time')?.verdict).toBe('Inconclusive');
    expect(reading({ requests: 10 }, 'response-time')?.verdict).toBe('Successful');
    expect(reading({ requests: null, errors: null }, 'response-time')?.detail).toBe('0 requests are fewer than the 10 it takes to judge');
    expect(reading({ requests: 0 }, 'cpu')?.verdict).toBe('Successful');
    expect(reading({ requests: 1, exceptionsInLogs: 1 }, 'exceptions-in-logs')?.verdict).toBe('Failed');
    expect(reading({ requests: 0 }, 'memory')?.verdict).toBe('Successful');
  });

  it('does not roll back if CPU and memory have no data', () => {
    expect(reading({ memoryPercent: null }, 'memory')).toMatchObject({ verdict: 'Inconclusive', detail: 'no data in this interval' });
    expect(verdict({ cpuPercent: null, memoryPercent: null })).toBe('Successful');
  });

  it('accepts CPU and memory at exactly their limits', () => {
    expect(holding(readSample({ ...good, cpuPercent: 80, memoryPercent: 85 }, production.limits))).toEqual([]);
  });

  it('names the measured value, rounded, and its limit', () => {
    expect(reading({ requests: 300, errors: 10 }, 'error-rate')).toMatchObject({ detail: '3.33 % against 2 %', limit: 2, requests: 300 });
    expect(reading({ exceptionsInLogs: 2 }, 'exceptions-in-logs')?.detail).toBe('2 against 0');
    expect(reading({ errors: null }, 'error-rate')).toMatchObject({ verdict: 'Inconclusive', value: null, margin: null });
    expect([true, false, null].map((healthy) => reading({ healthy }, 'health')?.detail)).toEqual([
      'the health path answers',
      'the health path fails on the candidate',
      'the health path was not called',
    ]);
  });

  it('never turns Failed into Successful after one more failed request', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(2000), (requests, errors) => {
        const before = verdict({ requests, errors: Math.min(requests, errors) });
        const after = verdict({ requests: requests + 1, errors: Math.min(requests, errors) + 1 });

        expect(before === 'Failed' && after === 'Successful').toBe(false);
      }),
      { seed: 3 },
    );
  });
});
