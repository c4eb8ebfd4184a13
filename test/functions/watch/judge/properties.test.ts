import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstFailure, judgeTrace } from '#watch/judge/judge';
import { literalPolicy, sequentialPolicy } from '#watch/judge/judge-policy';
import { judgeSeries } from '#watch/judge/series';
import { vanishedFrom } from '#watch/judge/series-findings';
import type { Direction } from '#watch/judge/series-policy';
import { burstyAt, historyAt, traceOf } from './trace-fixture.ts';

const health = { Failed: 0, Inconclusive: 1, Successful: 2 };
const settings = { seed: 5, numRuns: 400 };
const policy = fc.constantFrom(literalPolicy, sequentialPolicy);
const history = fc.constantFrom(null, historyAt(0.001), historyAt(0.005), historyAt(0.05), burstyAt(0.005, 5));
const rate = fc.constantFrom(0, 0.002, 0.01, 0.03, 0.08, 0.5);

/** Candidates of `n` requests each, some good and some bad, with or without a steady old version beside them. */
const watch = fc
  .record({
    n: fc.constantFrom(5, 20, 100, 1000),
    rates: fc.array(rate, { minLength: 1, maxLength: 60 }),
    beside: fc.boolean(),
    policy,
    history,
  })
  .map(({ n, rates, beside, ...rest }) => ({
    counts: rates.map((share) => ({ n, errors: Math.round(n * share), slow: Math.round(n * Math.min(1, 0.05 + share)) })),
    baselines: beside ? rates.map(() => ({ n: 2 * n, errors: Math.round(n / 100), slow: Math.round(n / 10) })) : [],
    ...rest,
  }));

describe('the judge of traces', () => {
  it('never finds a release healthier when a sample gets worse', () => {
    fc.assert(
      fc.property(watch, fc.nat(), fc.integer({ min: 1, max: 20 }), ({ counts, baselines, history: before, policy: judged }, at, more) => {
        const worse = counts.map((each, index) =>
          index === at % counts.length ? { ...each, errors: Math.min(each.n, each.errors + more) } : each,
        );

        const verdicts = [counts, worse].map((each) => judgeTrace(traceOf(each, { baselines, history: before }), judged).verdict);

        expect(health[verdicts[1] ?? 'Failed']).toBeLessThanOrEqual(health[verdicts[0] ?? 'Failed']);
      }),
      settings,
    );
  });

  it('never finds a release healthier when its bad samples are gathered at the end', () => {
    fc.assert(
      fc.property(watch, ({ counts, baselines, history: before, policy: judged }) => {
        const gathered = [...counts].sort((a, b) => a.errors - b.errors);

        const verdicts = [counts, gathered].map((each) => judgeTrace(traceOf(each, { baselines, history: before }), judged).verdict);

        expect(health[verdicts[1] ?? 'Failed']).toBeLessThanOrEqual(health[verdicts[0] ?? 'Failed']);
      }),
      settings,
    );
  });

  it('finds the first failure at the interval from which on the whole trace is Failed', () => {
    fc.assert(
      fc.property(watch, ({ counts, baselines, history: before, policy: judged }) => {
        const trace = traceOf(counts, { baselines, history: before });

        const first = firstFailure(trace, judged);

        expect(judgeTrace(trace, judged).verdict === 'Failed').toBe(first !== undefined);
        const earlier = { ...trace, intervals: trace.intervals.slice(0, first?.index ?? 0) };
        expect(judgeTrace(earlier, judged).verdict).not.toBe('Failed');
      }),
      { ...settings, numRuns: 150 },
    );
  });
});

const sample = fc.oneof(fc.constantFrom(0, 1, 10, 11, 12, 30), fc.double({ min: 5, max: 15, noNaN: true }), fc.constant(null));
const series = fc.record({
  control: fc.array(sample, { maxLength: 40 }),
  experiment: fc.array(sample, { maxLength: 40 }),
  direction: fc.constantFrom<Direction[]>('increase', 'decrease'),
});
const verdictOf = (each: { control: (number | null)[]; experiment: (number | null)[]; direction: Direction }) =>
  judgeSeries({ name: 'metric', ...each }).verdict;

describe('the judge of series', () => {
  it('never finds a series healthier when a sample moves in the bad direction', () => {
    fc.assert(
      fc.property(series, fc.nat(), fc.double({ min: 0, max: 50, noNaN: true }), (pair, at, by) => {
        const move = pair.direction === 'increase' ? by : -by;
        const experiment = pair.experiment.map((value, index) =>
          value !== null && index === at % pair.experiment.length ? value + move : value,
        );

        expect(health[verdictOf({ ...pair, experiment })]).toBeLessThanOrEqual(health[verdictOf(pair)]);
      }),
      { ...settings, numRuns: 2000 },
    );
  });

  it('never finds a series healthier when its bad samples are gathered at the end', () => {
    fc.assert(
      fc.property(series, (pair) => {
        const sign = pair.direction === 'increase' ? 1 : -1;
        const gathered = pair.experiment.filter((value) => value !== null).sort((a, b) => sign * (a - b));
        const experiment = pair.experiment.map((value) => (value === null ? null : (gathered.shift() as number)));

        expect(health[verdictOf({ ...pair, experiment })]).toBeLessThanOrEqual(health[verdictOf(pair)]);
      }),
      { ...settings, numRuns: 2000 },
    );
  });

  it('never finds the range less gone when a sample leaves it', () => {
    const number = fc.double({ min: 0, max: 100, noNaN: true });
    const [control, experiment] = [fc.array(number, { minLength: 3, maxLength: 40 }), fc.array(number, { minLength: 3, maxLength: 40 })];
    fc.assert(
      fc.property(control, experiment, fc.nat(), fc.constantFrom(-1e6, 1e6), (old, now, at, far) => {
        const left = now.with(at % now.length, far);

        expect(vanishedFrom(old, left, 1, 2).length).toBeGreaterThanOrEqual(vanishedFrom(old, now, 1, 2).length);
      }),
      { ...settings, numRuns: 2000 },
    );
  });

  it('gives Failed a negative margin and Successful a margin of at least zero', () => {
    fc.assert(
      fc.property(series, fc.boolean(), (pair, isEither) => {
        const { verdict, margin } = judgeSeries({ name: 'metric', ...pair, ...(isEither ? { direction: 'either' } : {}) });

        if (verdict === 'Failed') expect(margin).toBeLessThan(0);
        if (verdict === 'Successful') expect(margin).toBeGreaterThanOrEqual(0);
      }),
      { ...settings, numRuns: 2000 },
    );
  });
});
