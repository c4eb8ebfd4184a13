import { describe, expect, test } from 'vitest';
import { faults } from './faults.ts';
import { argo } from './peers/argo.ts';
import { fixedLimits } from './peers/fixed-limits.ts';
import { flagger } from './peers/flagger.ts';
import { shiftBetween, standardisedRankSum } from './peers/mann-whitney.ts';
import { samAlarm } from './peers/sam-alarm.ts';
import { threeInARow } from './peers/three-in-a-row.ts';
import type { Bucket, Release } from './simulate.ts';

const calm: Bucket = { n: 100, errors: 0, overOldP95: 5, over500: 0, over1000: 0, meanMs: 136, cpu: 45, memory: 55 };

function release(bucket: (second: number) => Partial<Bucket>): Release {
  const fault = faults[0];
  if (!fault) throw new Error('no fault');
  const cell = { fault, mode: { name: 'full', share: 1 }, requestsPerSecond: 10, baseline: 0, overdispersed: false };
  const candidate = Array.from({ length: 180 }, (_, i) => ({ ...calm, ...bucket(10 * i) }));
  return { cell, history: [], candidate };
}

const failing = (errors: number, from = 0, until = Number.POSITIVE_INFINITY) =>
  release((second) => (second >= from && second < until ? { errors } : {}));

describe('the judges for comparison', () => {
  test('fixed limits roll back at the end of the first poll above 2 %', () => {
    expect(fixedLimits(30).decide(failing(3, 60))).toEqual({ at: 90, signals: ['errors'] });
    expect(fixedLimits(30).decide(failing(2))).toBeUndefined();
  });

  test('fixed limits name each broken limit', () => {
    const all = release(() => ({ errors: 3, over1000: 6, cpu: 81, memory: 86 }));

    expect(fixedLimits(10).decide(all)).toEqual({ at: 10, signals: ['errors', 'latency', 'cpu', 'memory'] });
  });

  test('three in a row waits for the third bad poll, and starts again after a good one', () => {
    expect(threeInARow(30).decide(failing(3, 60))?.at).toBe(150);
    expect(threeInARow(30).decide(failing(3, 60, 120))).toBeUndefined();
  });

  test('the SAM alarm needs an error in each of two consecutive minutes', () => {
    expect(samAlarm.decide(failing(1, 60, 130))?.at).toBe(180);
    expect(samAlarm.decide(failing(1, 60, 120))).toBeUndefined();
  });

  test('the Argo example aborts at its fourth measurement under 95 %', () => {
    expect(argo.decide(failing(6))?.at).toBe(1200);
    expect(argo.decide(failing(5))).toBeUndefined();
    expect(argo.decide({ ...failing(6), history: failing(6).candidate })?.at).toBe(900);
  });

  test('the Flagger example aborts at its tenth failed check, and counts a minute without traffic as failed', () => {
    expect(flagger.decide(failing(2))?.at).toBe(600);
    expect(flagger.decide(release(() => ({ n: 0 })))).toEqual({ at: 600, signals: ['traffic'] });
    expect(flagger.decide(failing(1))).toBeUndefined();
  });
});

describe('the Mann–Whitney test of the Kayenta style judge', () => {
  test("has R's interval and estimate for two samples of four", () => {
    const shift = shiftBetween([10, 20, 30, 40], [1, 2, 3, 4], 1.959964);

    expect(shift.lower).toBeCloseTo(6, 5);
    expect(shift.upper).toBeCloseTo(39, 5);
    expect(shift.estimate).toBeCloseTo(22.5, 5);
  });

  test('counts ties half', () => {
    expect(standardisedRankSum([1, 2, 3], [1, 2, 3], 0, false)).toBe(0);
  });

  test('finds no shift between samples of mostly zeros', () => {
    const zeros = new Array<number>(80).fill(0);

    expect(shiftBetween([...zeros, 1, 1], [...zeros, 0, 1], 2.326348).estimate).toBe(0);
  });
});
