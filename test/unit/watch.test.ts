import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRolling } from '#domain/plan';
import { guidePolicy } from '#domain/policy';
import type { Release, Sample } from '#domain/release';
import { afterJudgement, afterValidation, judge } from '#domain/watch';

const { production } = guidePolicy;
const START = Date.parse('2026-01-01T00:00:00Z');
const iso = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const good: Sample = { fromMs: 0, toMs: 30_000, requests: 100, errors: 0, p95Ms: 100, exceptionsInLogs: 0, healthy: true };
const release: Release = {
  environment: 'production',
  attempt: 1,
  fence: 1,
  startedAt: iso(0),
  plan: planRolling(production),
  stepIndex: 0,
  phase: 'bake',
  phaseStartedAt: iso(0),
  inconclusiveInARow: 0,
  monitoredSeconds: 0,
};
const at = (change: Partial<Release>, sample: Partial<Sample>, seconds: number) =>
  judge({ ...release, ...change }, production, { ...good, ...sample }, iso(seconds));

describe('the watch', () => {
  it('lets a step bake before the next, and validates after the last', () => {
    expect(at({}, {}, 59).next).toBe('Watch');
    expect(at({}, {}, 60).next).toBe('ApplyStep');
    expect(at({ stepIndex: 2 }, {}, 60).next).toBe('Validate');
  });

  it('monitors for 300 s and verifies for 1800 s before it finishes', () => {
    const monitoring = afterValidation(release, [], iso(0));
    const last = judge(monitoring, production, good, iso(300));
    const verifying = afterJudgement(monitoring, last, production, iso(300));

    expect(judge(monitoring, production, good, iso(299)).reason).toBe('monitor goes on');
    expect(verifying).toMatchObject({ phase: 'verify', phaseStartedAt: iso(300), monitoredSeconds: 300 });
    expect(judge(verifying, production, good, iso(300 + 1799)).next).toBe('Watch');
    expect(judge(verifying, production, good, iso(300 + 1800)).next).toBe('Finish');
  });

  it('finishes after the monitoring where the environment asks for no verification', () => {
    const { staging } = guidePolicy;

    expect(judge(afterValidation(release, [], iso(0)), staging, good, iso(300)).next).toBe('Finish');
  });

  it('rolls back at the first failed poll in every phase', () => {
    for (const phase of ['bake', 'monitor', 'verify'] as const)
      expect(at({ phase }, { errors: 3 }, 1)).toMatchObject({ verdict: 'Failed', next: 'RollBack' });
  });

  it('never moves on without evidence, and rolls back when it is stuck', () => {
    const blind = { requests: null, errors: null, p95Ms: null };

    expect(at({}, blind, 599)).toMatchObject({ verdict: 'Inconclusive', next: 'Watch' });
    expect(at({ inconclusiveInARow: 8 }, blind, 599).next).toBe('Watch');
    expect(at({ inconclusiveInARow: 9 }, blind, 599)).toMatchObject({
      next: 'RollBack',
      reason: expect.stringContaining('stuck without evidence for 10 polls'),
    });
  });

  it('counts inconclusive polls in a row only', () => {
    const once = afterJudgement(release, at({}, { requests: 1 }, 30), production, iso(30));

    expect(once.inconclusiveInARow).toBe(1);
    expect(afterJudgement(once, at({}, {}, 60), production, iso(60)).inconclusiveInARow).toBe(0);
  });

  it('holds the next step while a resource is over its limit', () => {
    expect(at({}, { memoryPercent: 86 }, 60)).toMatchObject({
      verdict: 'Successful',
      next: 'Watch',
      reason: 'held by memory: 86 % against 85 %',
    });
  });
});

describe('a rolling plan', () => {
  it('ends at 100 % and only ever rises, whatever the waves', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1 }), (waves) => {
        const weights = planRolling({ ...production, waves }).map(({ weightPercent }) => weightPercent);

        expect(weights.at(-1)).toBe(100);
        expect(weights.every((weight, index) => index === 0 || weight > (weights[index - 1] as number))).toBe(true);
      }),
      { seed: 4 },
    );
  });
});
