import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Release, Sample } from '#deployment/release';
import { type EnvironmentPolicy, guidePolicy, strategies } from '#policy/policy';
import { planRelease } from '#release/plan';
import { comparison } from '#watch/comparison';
import { afterJudgement, afterValidation, judge } from '#watch/watch';

const START = Date.parse('2026-01-01T00:00:00Z');
const iso = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const sound: Sample = { fromMs: 0, toMs: 30_000, requests: 100, errors: 0, p95Ms: 100, exceptionsInLogs: 0, healthy: true };
const bad: Sample = { ...sound, errors: 60, healthy: false };
const weight = fc.integer({ min: 1, max: 99 });
const policies: fc.Arbitrary<EnvironmentPolicy> = fc
  .record({
    strategy: fc.constantFrom(...strategies),
    waves: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 }),
    canaryWeights: fc.array(weight, { minLength: 1, maxLength: 5 }),
    splitPercent: weight,
    holdbackPercent: fc.integer({ min: 0, max: 50 }),
    verifySeconds: fc.constantFrom(0, 1800),
  })
  .map((change) => ({ ...guidePolicy.production, ...change, bakeSeconds: 30, splitSeconds: 60, deployTimeoutSeconds: 100_000 }));

interface Poll {
  readonly weightPercent: number;
  readonly phase: string;
}

/** Runs a release as the state machine does, poll by poll. From the step `badFrom` on, the candidate is bad. */
function played(policy: EnvironmentPolicy, badFrom = Number.POSITIVE_INFINITY): { polls: Poll[]; end: string; validated: number[] } {
  let release: Release = {
    ...{ environment: 'production', attempt: 1, fence: 1, startedAt: iso(0), stepIndex: 0, phase: 'bake', phaseStartedAt: iso(0) },
    ...{ inconclusiveInARow: 0, monitoredSeconds: 0, intervals: [], plan: planRelease(policy) },
  };
  const polls: Poll[] = [];
  const validated: number[] = [];
  for (let seconds = 30; seconds < 50_000; seconds += 30) {
    const { weightPercent = 0 } = release.plan[release.stepIndex] ?? {};
    polls.push({ weightPercent, phase: release.phase });
    const candidate = release.stepIndex >= badFrom ? bad : sound;
    const judgement = judge(release, policy, { candidate, baseline: weightPercent < 100 ? sound : undefined }, iso(seconds));
    release = afterJudgement(release, judgement, policy, iso(seconds));
    if (judgement.next === 'Finish' || judgement.next === 'RollBack') return { polls, end: judgement.next, validated };
    if (judgement.next === 'Validate') {
      validated.push(weightPercent);
      release = afterValidation(release, [], iso(seconds));
    }
    const goesOn = judgement.next === 'ApplyStep' || (judgement.next === 'Validate' && release.phase !== 'monitor');
    if (goesOn) release = { ...release, stepIndex: release.stepIndex + 1, phase: 'bake', phaseStartedAt: iso(seconds) };
  }
  throw new Error('the release did not end within 50,000 seconds; see where judge() stays');
}

describe('planRelease', () => {
  it('raises the traffic to 100 %, polls at every step, and validates at least once', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        const weights = planRelease(policy).map(({ weightPercent }) => weightPercent);
        const { polls, end, validated } = played(policy);

        expect(end).toBe('Finish');
        expect(weights.at(-1)).toBe(100);
        expect(weights).toEqual([...new Set(weights)].sort((a, b) => a - b));
        expect(new Set(polls.map(({ weightPercent }) => weightPercent))).toEqual(new Set(weights));
        expect(polls.some(({ phase }) => phase === 'monitor')).toBe(true);
        expect(polls.some(({ phase }) => phase === 'verify')).toBe(policy.verifySeconds > 0);
        expect(validated.length).toBeGreaterThan(0);
      }),
      { seed: 11, numRuns: 60 },
    );
  });

  it('rolls back at the first bad step, before the next step', () => {
    fc.assert(
      fc.property(policies, fc.nat(6), (policy, step) => {
        const plan = planRelease(policy);
        const badFrom = Math.min(step, plan.length - 1);
        const { polls, end } = played(policy, badFrom);

        expect(end).toBe('RollBack');
        expect(polls.at(-1)?.weightPercent).toBe(plan[badFrom]?.weightPercent);
      }),
      { seed: 12, numRuns: 60 },
    );
  });

  it('keeps the holdback on the old version during the monitoring', () => {
    const held = { ...guidePolicy.production, strategy: 'rolling' as const, holdbackPercent: 10 };

    expect(planRelease(held).map(({ weightPercent, monitored }) => [weightPercent, monitored])).toEqual([
      [10, undefined],
      [50, undefined],
      [90, true],
      [100, undefined],
    ]);
  });

  it('validates a blue/green candidate before it gets any traffic', () => {
    const { validated, polls } = played({ ...guidePolicy.production, strategy: 'blue-green' });

    expect(validated).toEqual([0, 100]);
    expect(polls[0]).toEqual({ weightPercent: 0, phase: 'bake' });
  });
});

describe('comparison of an A/B release', () => {
  const ab = { ...guidePolicy.production, strategy: 'a-b' as const, splitSeconds: 30 };
  const releaseOf = (intervals: Release['intervals']): Release => ({
    ...{ environment: 'production', attempt: 1, fence: 1, startedAt: iso(0), stepIndex: 0, phase: 'bake', phaseStartedAt: iso(0) },
    ...{ inconclusiveInARow: 0, monitoredSeconds: 0, plan: planRelease(ab), intervals },
  });
  const compared = (errorsOfA: number, errorsOfB: number) => {
    const limits = { ...ab.limits, errorRatePercent: 50 };
    const release = releaseOf([{ t: 15, candidate: { n: 500, errors: errorsOfB }, baseline: { n: 500, errors: errorsOfA } }]);
    return judge(release, { ...ab, limits }, { candidate: sound, baseline: sound }, iso(30));
  };

  it('keeps B unless B is worse, and names the figures', () => {
    expect(compared(5, 5)).toMatchObject({
      next: 'ApplyStep',
      reason: 'A/B: B is kept (A: 0.83 % of 600 requests failed, B: 0.83 % of 600)',
    });
    expect(compared(25, 0).next).toBe('ApplyStep');
  });

  it('goes back to A when B is slower, and compares only figures that both have', () => {
    const interval = (slowOfB: number | null) => ({
      t: 15,
      candidate: { n: 500, errors: 5, slow: slowOfB },
      baseline: { n: 500, errors: 5, slow: 25 },
    });

    expect(comparison(releaseOf([interval(75)]))).toEqual({
      next: 'RollBack',
      reason: 'A/B: A is kept (A: 1 % of 500 requests failed, B: 1 % of 500; A: 5 % of 500 requests were slow, B: 15 % of 500)',
    });
    expect(comparison(releaseOf([interval(30)])).next).toBe('ApplyStep');
    expect(comparison(releaseOf([interval(null)])).reason).toBe('A/B: B is kept (A: 1 % of 500 requests failed, B: 1 % of 500)');
    expect(comparison(releaseOf([{ t: 15, candidate: { n: 9, errors: 0 }, baseline: null }]))).toEqual({
      next: 'RollBack',
      reason: 'A/B: A is kept, since there was nothing to compare',
    });
  });

  it('goes back to A when A is better', () => {
    expect(compared(2, 14)).toMatchObject({ next: 'RollBack', reason: expect.stringContaining('A/B: A is kept') });
  });
});

describe('planRelease of a rolling release', () => {
  it('ends a rolling plan at 100 % and raises the weight at each step', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1 }), (waves) => {
        const weights = planRelease({ ...guidePolicy.production, waves }).map(({ weightPercent }) => weightPercent);

        expect(weights.at(-1)).toBe(100);
        expect(weights[0]).toBe(Math.min(100, waves[0] as number));
        expect(weights.every((weight, index) => index === 0 || weight > (weights[index - 1] as number))).toBe(true);
      }),
      { seed: 4 },
    );
  });
});
