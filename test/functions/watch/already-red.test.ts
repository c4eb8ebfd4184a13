import { describe, expect, it } from 'vitest';
import type { Sample } from '#deployment/release';
import { measuredBefore } from '#watch/measured-before';
import { judge } from '#watch/watch';
import { good, iso, poll, production, release } from './release-under-watch.ts';

describe('breaches from before the deployment', () => {
  const before = (change: Partial<Sample>) => measuredBefore(Array.from({ length: 20 }, () => ({ ...good, ...change })));
  const verdictOf = (metric: string, old: Partial<Sample>, now: Partial<Sample>, beside?: Partial<Sample>) => {
    const limits = { ...production.limits, exceptionsInLogs: 5 };
    const observed = { ...poll(now), baseline: beside && { ...good, ...beside } };
    const { readings } = judge({ ...release, ...before(old) }, { ...production, limits }, observed, iso(30));
    return readings.find((reading) => reading.metric === metric);
  };

  it.each([
    ['memory', { memoryPercent: 86 }, { memoryPercent: 86 }, 'Successful'],
    ['memory', { memoryPercent: 86 }, { memoryPercent: 99 }, 'Failed'],
    ['cpu', { cpuPercent: 85 }, { cpuPercent: 90 }, 'Successful'],
    ['cpu', { cpuPercent: 75 }, { cpuPercent: 85 }, 'Failed'],
    ['response-time', { p95Ms: 1010 }, { p95Ms: 1200 }, 'Successful'],
    ['response-time', { p95Ms: 1010 }, { p95Ms: 60_000 }, 'Failed'],
    ['exceptions-in-logs', { exceptionsInLogs: 6 }, { exceptionsInLogs: 9 }, 'Successful'],
    ['exceptions-in-logs', { exceptionsInLogs: 6 }, { exceptionsInLogs: 500 }, 'Failed'],
    ['exceptions-in-logs', { exceptionsInLogs: 1 }, { exceptionsInLogs: 500 }, 'Failed'],
    ['exceptions-in-logs', { exceptionsInLogs: 1 }, { exceptionsInLogs: 6 }, 'Failed'],
  ] as const)('reads %s of %j before and %j now as %s', (metric, old, now, verdict) => {
    expect(verdictOf(metric, old, now)?.verdict).toBe(verdict);
  });

  it('excuses a breach that the old version beside it has too, and says so', () => {
    for (const change of [{ memoryPercent: 86 }, { cpuPercent: 85 }, { p95Ms: 1010 }, { exceptionsInLogs: 6 }]) {
      const [metric] = {
        memoryPercent: ['memory'],
        cpuPercent: ['cpu'],
        p95Ms: ['response-time'],
        exceptionsInLogs: ['exceptions-in-logs'],
      }[Object.keys(change)[0] as 'cpuPercent'] as [string];
      expect(verdictOf(metric, {}, change)?.verdict).toBe('Failed');
      expect(verdictOf(metric, {}, change, change)).toMatchObject({ verdict: 'Successful', detail: expect.stringContaining('already') });
    }
  });

  it('compares the exceptions of a late poll with as many intervals before', () => {
    expect(verdictOf('exceptions-in-logs', { exceptionsInLogs: 6 }, { exceptionsInLogs: 18 })?.verdict).toBe('Failed');
    expect(verdictOf('exceptions-in-logs', { exceptionsInLogs: 6 }, { exceptionsInLogs: 18, toMs: 60_000 })?.verdict).toBe('Successful');
  });
});
