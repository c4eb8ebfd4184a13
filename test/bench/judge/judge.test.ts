import { describe, expect, test } from 'vitest';
import { divergence, shortestDelay } from './bound.ts';
import { allCells, type Cell, cellName } from './cells.ts';
import { criteriaOf } from './criteria.ts';
import { quantileOf, rate } from './intervals.ts';
import { judgesNamed } from './judges.ts';
import { traceOf } from './ours.ts';
import { outcomeOf } from './outcome.ts';
import type { Select } from './record.ts';
import { replay } from './replay.ts';
import { simulate } from './simulate.ts';

function cell(fault: string, mode: string, requestsPerSecond: number, baseline: number, overdispersed = false): Cell {
  const found = allCells().find(
    (each) =>
      each.fault.name === fault &&
      each.mode.name === mode &&
      each.requestsPerSecond === requestsPerSecond &&
      each.baseline === baseline &&
      each.overdispersed === overdispersed,
  );
  if (!found) throw new Error(`no cell ${fault}`);
  return found;
}

describe('the simulated releases', () => {
  test('are the same for the same seed, and different for another seed', () => {
    const of = (seed: number) => simulate(seed, cell('step 3 %', 'canary10', 10, 0.005, true), 0);

    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });

  test('split the traffic between both versions, and fail only the candidate', () => {
    const { candidate, baseline } = simulate(1, cell('step 5 %', 'canary10', 1000, 0.001), 0);
    const sum = (values: readonly number[] = []) => values.reduce((all, x) => all + x, 0);

    const [n, m] = [sum(candidate.map((bucket) => bucket.n)), sum(baseline?.map((bucket) => bucket.n))];
    expect(n / (n + m)).toBeCloseTo(0.1, 2);
    expect(sum(candidate.map((bucket) => bucket.errors)) / n).toBeCloseTo(0.05, 2);
    expect(sum(baseline?.map((bucket) => bucket.errors)) / m).toBeCloseTo(0.001, 3);
  });

  test('fail in bursts if the fault says so', () => {
    const { history, candidate, baseline } = simulate(1, cell('errors in bursts', 'canary10', 100, 0.01), 0);

    const errors = [...history, ...candidate, ...(baseline ?? [])].map((bucket) => bucket.errors);
    expect(errors.filter((count) => count % 5 !== 0)).toEqual([]);
    expect(errors).toContain(5);
  });

  test('give the judge intervals of its poll, with a baseline only if it serves', () => {
    const alone = traceOf(simulate(1, cell('none', 'full', 10, 0.005), 0), 30);
    const beside = traceOf(simulate(1, cell('none', 'canary10', 10, 0.005), 0), 10);

    expect(alone.intervals).toHaveLength(60);
    expect(alone.intervals[0]).toMatchObject({ t: 30 });
    expect(alone.intervals[0]).not.toHaveProperty('baseline');
    expect(beside.intervals[179]).toMatchObject({ t: 1800, baseline: { n: expect.any(Number) } });
  });
});

describe('a small replay', () => {
  const judges = judgesNamed(['fixed limits 30', 'SAM', 'Argo']);
  const kinds = (of: Cell) => replay(7, 0, of, judges, 10).map(({ outcomes }) => outcomes.map(({ kind }) => kind));

  test('shows that a fixed limit rolls back innocent releases, and that Argo keeps bad ones', () => {
    expect(kinds(cell('none', 'full', 1, 0.01))[0]).toEqual(Array(10).fill('wrong'));
    expect(kinds(cell('step 3 %', 'full', 100, 0.001))).toEqual([
      Array(10).fill('right'),
      Array(10).fill('right'),
      Array(10).fill('passed'),
    ]);
  });

  test('counts a rollback because of another signal as wrong', () => {
    expect(kinds(cell('latency ×2', 'full', 1000, 0.01))[1]).toEqual(Array(10).fill('wrong'));
  });

  test('asks Kayenta only if there is a baseline', () => {
    const asked = (mode: string) => replay(7, 0, cell('none', mode, 1, 0.001), judgesNamed(['Kayenta']), 1).map(({ judge }) => judge);

    expect(asked('full')).toEqual(['fixed limits 30 s']);
    expect(asked('split50')).toEqual(['fixed limits 30 s', 'Kayenta style']);
  });

  test('counts the failed requests of the candidate until the rollback', () => {
    const release = simulate(7, cell('step 50 %', 'full', 100, 0.001), 0);
    const failed = release.candidate.slice(0, 3).reduce((sum, { errors }) => sum + errors, 0);

    const outcome = judges.map((judge) => outcomeOf(judge, release))[0];
    expect(outcome).toEqual({ kind: 'right', delay: 30, failed });
  });
});

describe('our judge in a small replay', () => {
  const judges = judgesNamed(['sequential']).filter(({ name }) => name.startsWith('sequential'));
  const kinds = (of: Cell) => replay(7, 0, of, judges, 5).flatMap(({ outcomes }) => outcomes.map(({ kind }) => kind));

  test.each(['full', 'canary10', 'holdback90'])('passes good releases and rolls bad ones back because of their errors, %s', (mode) => {
    expect(kinds(cell('none', mode, 100, 0.005))).toEqual(Array(10).fill('passed'));
    expect(kinds(cell('step 5 %', mode, 100, 0.005))).toEqual(Array(10).fill('right'));
  });

  test('keeps good releases with errors in bursts', () => {
    expect(kinds(cell('errors in bursts', 'canary10', 100, 0.005))).not.toContain('wrong');
  });

  test('keeps a release if the service failed as much before it', () => {
    expect(kinds(cell('red, not fixed', 'canary10', 100, 0.05, true))).not.toContain('wrong');
    expect(kinds(cell('red, worse', 'canary10', 100, 0.05))).toEqual(Array(10).fill('right'));
  });
});

describe('the figures', () => {
  test('have the interval of Clopper and Pearson for rates', () => {
    const { low, high } = rate(0, 299);

    expect(low).toBe(0);
    expect(high).toBeCloseTo(0.012262, 5);
  });

  test('count a release without a rollback as infinity in the median', () => {
    expect(quantileOf([10, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], 0.5).value).toBe(Number.POSITIVE_INFINITY);
    expect(quantileOf([30, 10, 20, 40], 0.5).value).toBe(20);
  });

  test('contain the shortest possible delay', () => {
    expect(divergence(0.03, 0.005)).toBeCloseTo(0.0291, 3);
    expect(shortestDelay(0.01, 0.03, 0.005, 10)).toBeCloseTo(15.8, 0);
  });
});

describe('the criteria', () => {
  test('name the cell with the most misses', () => {
    const cells = allCells().filter(({ fault, mode }) => fault.name === 'step 3 %' && mode.name === 'canary10');
    const [judge] = judgesNamed(['sequential 30']).slice(-1);
    const hard = cell('step 3 %', 'canary10', 10, 0.01);
    const outcome = (kind: 'held' | 'right') => ({ kind, delay: 30, failed: 1 });
    const select: Select = (_, fits) => cells.filter(fits).map((each) => outcome(cellName(each) === cellName(hard) ? 'held' : 'right'));

    const criteria = judge ? criteriaOf(select, judge, cells) : [];

    expect(criteria.map(({ seen }) => seen)).toContainEqual(
      expect.stringContaining('most of them 100 % in step 3 %/canary10/10/0.01/even'),
    );
  });
});
