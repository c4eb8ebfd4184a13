import { seededRandom } from '@sluice/emulator';
import { describe, expect, it } from 'vitest';
import type { Release, Sample } from '#deployment/release';
import type { EnvironmentPolicy } from '#policy/policy';
import { planRelease } from '#release/plan';
import { countsOf } from '#watch/reading';
import { afterJudgement, afterValidation, judge } from '#watch/watch';
import { drawBinomial, drawPoisson } from '../../bench/judge/draws.ts';
import { good, iso, poll, production, release } from './release-under-watch.ts';

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

  it('holds for a resource by evidence too, and does not count the hold as missing evidence', () => {
    const much = { requests: 5000, memoryPercent: 90, slow: 100 };
    let held: Release = { ...release, history: { intervals: Array.from({ length: 20 }, () => ({ n: 5000, errors: 0, slow: 250 })) } };
    for (let seconds = 30; seconds <= 600; seconds += 30)
      held = afterJudgement(held, judge(held, sequential, poll(much), iso(seconds)), sequential, iso(seconds));

    expect(held.judgement).toMatchObject({ next: 'Watch', reason: expect.stringContaining('held by memory: 90 % against 85 %') });
    expect(held.inconclusiveInARow).toBe(0);
  });
});
