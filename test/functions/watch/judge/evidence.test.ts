import { seededRandom } from '@sluice/emulator';
import { describe, expect, it } from 'vitest';
import { before as knownBefore } from '#watch/judge/before';
import { RateTest } from '#watch/judge/bernoulli';
import { burstsOf, dispersionOf } from '#watch/judge/dispersion';
import { firstFailure } from '#watch/judge/judge';
import { sequentialPolicy } from '#watch/judge/judge-policy';
import { lowerSlope } from '#watch/judge/trend';
import { TwoArmTest } from '#watch/judge/two-arm';
import { drawPoisson } from '../../../bench/judge/draws.ts';
import { times, traceOf } from './trace-fixture.ts';

const choose = (n: number, k: number) => times(k, 0).reduce((product, _, i) => (product * (n - i)) / (i + 1), 1);
const chance = (n: number, k: number, rate: number) => choose(n, k) * rate ** k * (1 - rate) ** (n - k);
const upTo = (n: number) => Array.from({ length: n + 1 }, (_, k) => k);

/** The exact mean of a test's e-value over all outcomes of one block. */
function meanEvidence(make: () => TwoArmTest, [n, rate]: [number, number], [m, old]: [number, number]): number {
  return upTo(n).reduce(
    (sum, k) => sum + chance(n, k, rate) * upTo(m).reduce((row, l) => row + chance(m, l, old) * evidence(make(), n, k, m, l), 0),
    0,
  );
}

function evidence(test: TwoArmTest, n: number, k: number, m: number, l: number): number {
  test.add({ n, bad: k }, { n: m, bad: l }, 1);
  return test.evidence.current;
}

describe('the evidence', () => {
  it('keeps the mean evidence at 1 or less while the candidate is within the tolerance of the old version', () => {
    for (const tolerance of [1, 1.25, 2])
      for (const level of [0.001, 0.05, 0.3])
        for (const [n, m] of [
          [5, 5],
          [2, 10],
          [10, 1],
        ] as const)
          for (const shared of [0.001, 0.02, 0.1, 0.4])
            expect(meanEvidence(() => new TwoArmTest(tolerance, level), [n, tolerance * shared], [m, shared])).toBeLessThanOrEqual(
              1 + 1e-9,
            );
  });

  it('raises the mean evidence if the candidate is worse than the old version', () => {
    expect(meanEvidence(() => new TwoArmTest(1.25, 0.05), [10, 0.5], [10, 0.05])).toBeGreaterThan(10);
  });

  it('computes a mean evidence of 1 for a rate on the line, and less below it or with dispersion', () => {
    const mean = (rate: number, dispersion = 1) =>
      upTo(20).reduce((sum, k) => {
        const test = new RateTest(0.02, dispersion);
        test.add({ n: 20, bad: k }, 1);
        return sum + chance(20, k, rate) * test.evidence.current;
      }, 0);

    expect(mean(0.02)).toBeCloseTo(1, 9);
    expect(mean(0.01)).toBeLessThan(1);
    expect(mean(0.02, 5)).toBeLessThan(1);
  });

  it('stays finite and keeps its peak after a long fault', () => {
    const test = new RateTest(0.01, 1);
    for (let look = 0; look < 1000; look++) test.add({ n: 10_000, bad: 9_000 }, 0.01);

    expect(Math.log10(test.evidence.current)).toBeCloseTo(200, 9);
    for (let look = 0; look < 10; look++) test.add({ n: 10_000, bad: 0 }, 0.01);
    expect(Math.log10(test.evidence.peak)).toBeCloseTo(200, 9);
  });
});

describe('good releases beside the old version', () => {
  const draw = (random: () => number, n: number, rate: number) => times(n, 0).filter(() => random() < rate).length;

  it('rolls back less than 1 % of good releases that fluctuate together with the old version', () => {
    const random = seededRandom(11);
    const failures = times(300, 0).filter(() => {
      const levels = times(60, 0).map(() => (random() < 0.2 ? 0.06 : 0.01));
      const counts = (n: number) => levels.map((level) => ({ n, errors: draw(random, n, level) }));
      return firstFailure(traceOf(counts(20), { baselines: counts(60) }), sequentialPolicy) !== undefined;
    });

    expect(failures.length).toBeLessThan(3);
  });

  it.each([2, 3, 5])('keeps good releases if %d errors come at once to one of the versions', (atOnce) => {
    const random = seededRandom(7);
    const counts = (intervals: number, n: number) =>
      times(intervals, n).map(() => ({ n, errors: Math.min(n, atOnce * drawPoisson(random, (0.005 * n) / atOnce)) }));
    const failures = times(40, 0).filter(() => {
      const [candidates, baselines, intervals] = [counts(180, 100), counts(180, 900), counts(360, 1000)];
      return firstFailure(traceOf(candidates, { baselines, history: { intervals } }), sequentialPolicy) !== undefined;
    });

    expect(failures.length).toBeLessThan(2);
  });
});

describe('the history', () => {
  const random = seededRandom(3);
  const level = (index: number) => 0.01 * (1 + Math.sin(index / 12));

  it('measures how much a rate fluctuates', () => {
    const even = times(360, 0).map(() => ({ n: 100, bad: times(100, 0).filter(() => random() < 0.01).length }));
    const fluctuating = times(360, 0).map((_, index) => ({ n: 1000, bad: times(1000, 0).filter(() => random() < level(index)).length }));

    expect(dispersionOf(even)).toBeLessThan(1.6);
    expect(dispersionOf(fluctuating)).toBeGreaterThan(10);
  });

  it('measures how many errors come at once, apart from chance and a wandering level', () => {
    const counts = (atOnce: number, rate: (index: number) => number) =>
      times(360, 0).map((_, index) => ({ n: 1000, bad: atOnce * drawPoisson(random, (1000 * rate(index)) / atOnce) }));

    expect(burstsOf(counts(1, () => 0.01))).toBeLessThan(1.3);
    expect(burstsOf(counts(1, level))).toBeLessThan(1.5);
    expect(burstsOf(counts(5, () => 0.01))).toBeGreaterThan(4);
    expect(burstsOf(counts(5, () => 0.01).slice(0, 5))).toBe(1);
  });

  it('reads a rate from totals, and finds none without requests', () => {
    expect(knownBefore({ n: 1000, errors: 10 }, 'errors')).toMatchObject({ n: 1000, rate: 0.01, isDispersionKnown: false });
    expect(knownBefore({ n: 0, errors: 0 }, 'errors')).toBeUndefined();
    expect(knownBefore(null, 'slow')).toMatchObject({ rate: 0.05 });
  });
});

describe('the lower limit of a trend', () => {
  it('finds the slope of a straight line as its lower limit, and none on few points', () => {
    const line = times(20, 0).map((_, index) => ({ t: 30 * index, value: index / 2 }));

    expect(lowerSlope(line, 3.9)).toBeCloseTo(1 / 60, 12);
    expect(lowerSlope(line.slice(0, 6), 3.9)).toBe(Number.NEGATIVE_INFINITY);
  });
});
