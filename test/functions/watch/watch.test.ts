import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Release, Sample } from '#deployment/release';
import { guidePolicy } from '#policy/policy';
import { planRelease } from '#release/plan';
import { overdueAfter } from '#watch/roll-out-time';
import { afterJudgement, afterValidation, asksForHelp, judge } from '#watch/watch';
import { good, iso, poll, production, release } from './release-under-watch.ts';

const lastStep: Release = { ...release, stepIndex: 2 };
const at = (change: Partial<Release>, sample: Partial<Sample>, seconds: number) =>
  judge({ ...release, ...change }, production, poll(sample), iso(seconds));

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
});
