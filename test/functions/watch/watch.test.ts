import { seededRandom } from '@sluice/emulator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Release, Sample } from '#deployment/release';
import { type EnvironmentPolicy, guidePolicy } from '#policy/policy';
import { planRelease } from '#release/plan';
import { compactIntervals } from '#watch/compact-intervals';
import { comparison } from '#watch/comparison';
import { measuredBefore } from '#watch/measured-before';
import { countsOf } from '#watch/reading';
import { overdueAfter } from '#watch/roll-out-time';
import { afterJudgement, afterValidation, asksForHelp, judge } from '#watch/watch';
import { drawBinomial, drawPoisson } from '../../bench/judge/draws.ts';

const { production } = guidePolicy;
const START = Date.parse('2026-01-01T00:00:00Z');
const iso = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const good: Sample = { fromMs: 0, toMs: 30_000, requests: 100, errors: 0, p95Ms: 100, exceptionsInLogs: 0, healthy: true };
const release: Release = {
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
const lastStep: Release = { ...release, stepIndex: 2 };
const poll = (change: Partial<Sample> = {}) => ({ candidate: { ...good, ...change } });
const at = (change: Partial<Release>, sample: Partial<Sample>, seconds: number) =>
  judge({ ...release, ...change }, production, poll(sample), iso(seconds));

/** Plays a release by the watch's own moves and returns how it ends. At most 1 % of the old version's requests fail. */
function played(policy: EnvironmentPolicy, random: () => number, requestsPerSecond: number, errorRate: number, slowRate = 0.05): string {
  const served = (weight: number, [bad, slow]: readonly number[]): Sample => {
    const requests = drawPoisson(random, requestsPerSecond * policy.intervalSeconds * weight);
    return { ...good, requests, errors: drawBinomial(random, requests, bad ?? 0), slow: drawBinomial(random, requests, slow ?? 0) };
  };
  const before = [Math.min(errorRate, 0.01), 0.05];
  const history = Array.from({ length: 20 }, () => countsOf(served(1, before))).filter((counts) => counts !== null);
  let each: Release = { ...release, plan: planRelease(policy), history: { intervals: history } };
  for (let seconds = policy.intervalSeconds; seconds < 9000; seconds += policy.intervalSeconds) {
    const weight = (each.plan[each.stepIndex]?.weightPercent ?? 100) / 100;
    const baseline = weight < 1 ? served(1 - weight, before) : undefined;
    const judgement = judge(each, policy, { candidate: served(weight, [errorRate, slowRate]), baseline }, iso(seconds));
    if (judgement.next === 'RollBack' || judgement.next === 'Finish') return judgement.next;
    each = afterJudgement(each, judgement, policy, iso(seconds));
    if (judgement.next === 'Validate') each = afterValidation(each, [], iso(seconds));
    if (judgement.next === 'ApplyStep') each = { ...each, stepIndex: each.stepIndex + 1, phaseStartedAt: iso(seconds) };
  }
  return 'never';
}

describe('the watch', () => {
  it('lets each step bake for 60 s, and validates after the last', () => {
    expect(at({}, {}, 59).next).toBe('Watch');
    expect(at({}, {}, 60).next).toBe('ApplyStep');
    expect(at({ stepIndex: 2 }, {}, 60).next).toBe('Validate');
  });

  it('monitors for 300 s and verifies for 1800 s before it finishes', () => {
    const monitoring = afterValidation(lastStep, [], iso(0));
    const last = judge(monitoring, production, poll(), iso(300));
    const verifying = afterJudgement(monitoring, last, production, iso(300));

    expect(judge(monitoring, production, poll(), iso(299)).reason).toBe('monitor goes on');
    expect(verifying).toMatchObject({ phase: 'verify', phaseStartedAt: iso(300), monitoredSeconds: 300 });
    expect(judge(verifying, production, poll(), iso(300 + 1799)).next).toBe('Watch');
    expect(judge(verifying, production, poll(), iso(300 + 1800)).next).toBe('Finish');
  });

  it('finishes after the monitoring if the environment has no verification', () => {
    const { staging } = guidePolicy;

    expect(judge(afterValidation(lastStep, [], iso(0)), staging, poll(), iso(300)).next).toBe('Finish');
  });

  it('rolls back at the first failed poll in every phase', () => {
    for (const phase of ['bake', 'monitor', 'verify'] as const)
      expect(at({ phase }, { errors: 3 }, 1)).toMatchObject({ verdict: 'Failed', next: 'RollBack' });
  });

  it('names the metric that failed and not the resource that only holds', () => {
    expect(at({}, { errors: 3, memoryPercent: 99 }, 1).reason).toBe('error-rate: 3 % against 2 %');
    expect(at({}, { requests: 1, errors: 0, memoryPercent: null }, 1).reason).not.toContain('memory');
  });

  it('rolls back after 10 polls without evidence', () => {
    const blind = { requests: null, errors: null, p95Ms: null };

    expect(at({}, blind, 599)).toMatchObject({ verdict: 'Inconclusive', next: 'Watch' });
    expect(at({ inconclusiveInARow: 8 }, blind, 599).next).toBe('Watch');
    expect(at({ inconclusiveInARow: 9 }, blind, 599)).toMatchObject({
      next: 'RollBack',
      reason: expect.stringContaining('stuck without evidence for 10 polls'),
    });
  });

  it('waits without evidence if policy says so, until the execution has no room for more polls', () => {
    const holds = { ...production, onStuck: 'hold' } as const;
    const blind = { ...good, requests: null, errors: null };
    const held = { ...release, phase: 'verify', inconclusiveInARow: 99 } as const;

    expect(judge(held, holds, { candidate: blind }, iso(9000))).toMatchObject({ next: 'Watch' });
    expect(judge({ ...held, polls: 1464 }, holds, { candidate: blind }, iso(40_000)).next).toBe('Watch');
    expect(judge({ ...held, polls: 1465 }, holds, { candidate: blind }, iso(40_000))).toMatchObject({
      next: 'RollBack',
      reason: expect.stringContaining('looked 1466 times, as often as an execution can: not enough evidence'),
    });
  });

  it('asks a person for help once when the release is stuck and policy waits', () => {
    const stuck = { ...release, inconclusiveInARow: 10 };

    expect(asksForHelp(stuck, production)).toBe(false);
    for (const onStuck of ['ask', 'hold'] as const) {
      expect(asksForHelp(stuck, { ...production, onStuck })).toBe(true);
      expect(asksForHelp({ ...stuck, inconclusiveInARow: 11 }, { ...production, onStuck })).toBe(false);
    }
  });

  it('rolls back a release that is not on all traffic after 600 s, even for lack of evidence', () => {
    expect(at({}, { requests: 1 }, 599).next).toBe('Watch');
    expect(at({}, { requests: 1 }, 600)).toMatchObject({
      verdict: 'Inconclusive',
      next: 'RollBack',
      reason: expect.stringContaining('not on all traffic within 600 s: not enough evidence (1 of 10)'),
    });
    expect(at({ stepIndex: 1 }, {}, 600)).toMatchObject({ next: 'RollBack' });
    expect(at({ stepIndex: 2 }, {}, 600).next).toBe('Validate');
    expect(at({ phase: 'monitor', phaseStartedAt: iso(590) }, {}, 600).next).toBe('Watch');
  });

  it('counts the time of a release from its staged candidate, without planned comparing and monitoring', () => {
    const ab = { ...production, strategy: 'a-b' as const, splitSeconds: 3600 };
    const compared: Release = { ...release, plan: planRelease(ab), stagedAt: iso(700) };
    const held = { ...production, holdbackPercent: 10 };
    const monitored: Release = { ...release, plan: planRelease(held), stepIndex: 2 };

    expect(overdueAfter({ ...compared, stepIndex: -1 }, ab, iso(1299))).toBeUndefined();
    expect(overdueAfter({ ...compared, stepIndex: -1 }, ab, iso(1300))).toBe(600);
    expect(overdueAfter(compared, ab, iso(700 + 4199))).toBeUndefined();
    expect(overdueAfter(compared, ab, iso(700 + 4200))).toBe(4200);
    expect(overdueAfter(monitored, held, iso(600))).toBe(600);
    expect(overdueAfter({ ...monitored, phase: 'monitor' }, held, iso(899))).toBeUndefined();
  });

  it('never finishes on an Inconclusive poll', () => {
    fc.assert(
      fc.property(fc.constantFrom('bake', 'monitor', 'verify'), fc.nat(5000), fc.nat(20), (phase, seconds, inconclusiveInARow) => {
        const { next } = at({ phase, inconclusiveInARow }, { requests: 1 }, seconds);

        expect(['Watch', 'RollBack']).toContain(next);
      }),
      { seed: 6 },
    );
  });

  it('begins the verification only at a Successful poll after the whole monitoring', () => {
    const monitoring = afterValidation(lastStep, [], iso(0));
    const phaseAfter = (sample: Partial<Sample>, seconds: number) =>
      afterJudgement(monitoring, judge(monitoring, production, poll(sample), iso(seconds)), production, iso(seconds)).phase;

    expect(phaseAfter({}, 300)).toBe('verify');
    expect(phaseAfter({}, 299)).toBe('monitor');
    expect(phaseAfter({ memoryPercent: 86 }, 300)).toBe('monitor');
    expect(phaseAfter({ requests: 1 }, 300)).toBe('monitor');
    expect(phaseAfter({ errors: 3 }, 300)).toBe('monitor');
  });

  it('adds up the monitored seconds and never counts backwards', () => {
    const monitoring = afterValidation(lastStep, [], iso(0));
    const late = afterJudgement(monitoring, judge(monitoring, production, poll(), iso(420)), production, iso(420));
    const verified = (seconds: number) =>
      afterJudgement(late, judge(late, production, poll(), iso(seconds)), production, iso(seconds)).monitoredSeconds;

    expect(afterJudgement(release, at({}, {}, 30), production, iso(30)).monitoredSeconds).toBe(0);
    expect(late).toMatchObject({ phase: 'verify', monitoredSeconds: 420 });
    expect(verified(450)).toBe(420);
    expect(verified(720)).toBe(600);
  });

  it('keeps the checks of the validation and begins the monitoring', () => {
    const checks = [{ check: 'performance', verdict: 'Successful', detail: '' } as const];

    expect(afterValidation({ ...lastStep, inconclusiveInARow: 3 }, checks, iso(9))).toMatchObject({
      checks,
      phase: 'monitor',
      phaseStartedAt: iso(9),
      inconclusiveInARow: 0,
    });
  });

  it('counts only Inconclusive polls in a row', () => {
    const once = afterJudgement(release, at({}, { requests: 1 }, 30), production, iso(30));

    expect(once.inconclusiveInARow).toBe(1);
    expect(afterJudgement(once, at({}, {}, 60), production, iso(60)).inconclusiveInARow).toBe(0);
  });

  describe('the watch by evidence', () => {
    const sequential = { ...production, judgeBy: 'sequential' as const };
    const few = (errors: number) => ({ requests: 30, errors, slow: 1 });
    const watched = (polls: readonly Partial<Sample>[]) =>
      polls.reduce<Release>((each, sample, index) => {
        const now = iso(30 * (index + 1));
        return afterJudgement(each, judge(each, sequential, poll(sample), now), sequential, now);
      }, release);

    it('counts a poll as stuck if data is missing or the step is over, but not while evidence may still come', () => {
      expect(watched([few(3)])).toMatchObject({ judgement: { verdict: 'Inconclusive', next: 'Watch' }, inconclusiveInARow: 0 });
      expect(watched([few(3), few(3)])).toMatchObject({ judgement: { verdict: 'Inconclusive', next: 'Watch' }, inconclusiveInARow: 1 });
      expect(watched([{ requests: 0, errors: 0 }]).inconclusiveInARow).toBe(1);
      expect(watched([{ ...few(0), healthy: null }]).inconclusiveInARow).toBe(1);
    });

    it('goes on to more users if all requests of the step together show no breach', () => {
      const three = { requests: 3, errors: 0, slow: 0 };

      expect(watched([three, three]).judgement).toMatchObject({ verdict: 'Inconclusive' });
      expect(watched([three, three, three, three]).judgement).toMatchObject({ verdict: 'Successful', next: 'ApplyStep' });
      expect(watched([three, three, three, { ...three, errors: 2 }]).judgement).toMatchObject({ verdict: 'Inconclusive' });
    });

    it.each([
      [3, 0.005],
      [10, 0.001],
      [10, 0.005],
      [100, 0.005],
    ])('keeps good releases at %d requests a second with an error rate of %d', (requestsPerSecond, errors) => {
      const random = seededRandom(4);
      const ends = Array.from({ length: 5 }, () => played(sequential, random, requestsPerSecond, errors));

      expect(ends).toEqual(Array(5).fill('Finish'));
    });

    it('rolls back bad releases by evidence', () => {
      const random = seededRandom(5);
      const [red, slow] = [played(sequential, random, 10, 0.1), played(sequential, random, 10, 0, 0.3)];

      expect([red, slow]).toEqual(['RollBack', 'RollBack']);
    });
  });

  it('holds the next step while a resource is over its limit', () => {
    expect(at({}, { memoryPercent: 86 }, 60)).toMatchObject({
      verdict: 'Inconclusive',
      next: 'Watch',
      reason: 'held by memory: 86 % against 85 %',
    });
    expect(at({}, { memoryPercent: 86 }, 59)).toMatchObject({ verdict: 'Successful', next: 'Watch' });
  });

  it('goes on after a long hold when the resource is back under its limit', () => {
    let held = release;
    let alerts = 0;
    for (let seconds = 60; seconds <= 6000; seconds += 30) {
      const judgement = judge(held, production, poll({ memoryPercent: 86 }), iso(seconds));
      held = afterJudgement(held, judgement, production, iso(seconds));
      alerts += asksForHelp(held, production) ? 1 : 0;
      expect(judgement.next).toBe('Watch');
    }

    expect(alerts).toBe(1);
    expect(judge(held, production, poll(), iso(6030)).next).toBe('ApplyStep');
    expect(judge({ ...held, heldSeconds: 0 }, production, poll({ requests: 1 }), iso(6030)).next).toBe('RollBack');
  });

  it('rolls back for a resource over its limit if policy says so', () => {
    const strict = { ...production, limits: { ...production.limits, resourcesRollBack: true } };

    expect(judge(release, strict, poll({ memoryPercent: 86 }), iso(30))).toMatchObject({ verdict: 'Failed', next: 'RollBack' });
  });

  it('holds for a resource by evidence too, and does not count the hold as missing evidence', () => {
    const sequential = { ...production, judgeBy: 'sequential' as const };
    const much = { requests: 5000, memoryPercent: 90, slow: 100 };
    let held: Release = { ...release, history: { intervals: Array.from({ length: 20 }, () => ({ n: 5000, errors: 0, slow: 250 })) } };
    for (let seconds = 30; seconds <= 600; seconds += 30)
      held = afterJudgement(held, judge(held, sequential, poll(much), iso(seconds)), sequential, iso(seconds));

    expect(held.judgement).toMatchObject({ next: 'Watch', reason: expect.stringContaining('held by memory: 90 % against 85 %') });
    expect(held.inconclusiveInARow).toBe(0);
  });
});

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

describe('the intervals of a long watch', () => {
  const counted = (index: number) => ({
    ...{ t: index * 10, candidate: { n: 10, errors: index < 200 ? 2 : 0, slow: 1 }, baseline: { n: 10, errors: 0, slow: 1 } },
  });
  const compacted = (intervals: Release['intervals']) => {
    let held: Release['intervals'] = [];
    for (const interval of intervals) held = compactIntervals([...held, interval], production.limits);
    return held;
  };

  it('keeps every request of a long watch in at most 500 intervals', () => {
    const intervals = Array.from({ length: 1400 }, (_, index) => counted(index));
    const held = compacted(intervals);

    expect(held.length).toBeLessThanOrEqual(500);
    expect(comparison({ intervals: held } as Release)).toEqual(comparison({ intervals } as Release));
    expect(held.map(({ t }) => t)).toEqual(held.map(({ t }) => t).sort((a, b) => a - b));
  });

  it('does not add up intervals that were counted differently', () => {
    const some = Array.from({ length: 600 }, (_, index) => ({
      ...counted(index),
      ...(index % 2 === 0 ? { candidate: null } : { baseline: index % 4 === 1 ? counted(index).baseline : undefined }),
    }));
    const totals = (intervals: Release['intervals']) =>
      intervals.flatMap(({ candidate, baseline }) => (candidate ? [[candidate.n, baseline?.n]] : []));

    expect(totals(compacted(some))).toEqual(totals(some));
  });

  it('makes no breach out of intervals with too few requests', () => {
    const few = Array.from({ length: 600 }, (_, index) => ({ t: index * 10, candidate: { n: 6, errors: 3 } }));

    expect(compacted(few).every(({ candidate }) => candidate?.n === 6)).toBe(true);
  });
});

describe('a rolling plan', () => {
  it('ends a rolling plan at 100 % and only ever raises the weight', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1 }), (waves) => {
        const weights = planRelease({ ...production, waves }).map(({ weightPercent }) => weightPercent);

        expect(weights.at(-1)).toBe(100);
        expect(weights[0]).toBe(Math.min(100, waves[0] as number));
        expect(weights.every((weight, index) => index === 0 || weight > (weights[index - 1] as number))).toBe(true);
      }),
      { seed: 4 },
    );
  });
});
