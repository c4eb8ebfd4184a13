import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { shiftInterval, standardised } from '#watch/judge/mann-whitney';
import { findRoot } from '#watch/judge/numerics/brent';
import { judgeSeries } from '#watch/judge/series';
import { type Pair, readPairs } from '../../../../cli/judge/pairs.ts';

const fixture = (name: string) => JSON.parse(readFileSync(new URL(`../../../fixtures/judging/${name}.json`, import.meta.url), 'utf8'));
const pairsOf = (file: unknown) => readPairs(file).flatMap((item) => ('value' in item ? [item.value] : []));
const verdictOf = ({ metrics }: Pair) => judgeSeries(metrics[0] as Pair['metrics'][number]).verdict;
const increase = { name: 'metric', direction: 'increase' } as const;

/** Where our verdicts differ from those that Kayenta's own tests expect, and why. */
const differences: Record<string, { ours: string; because: string }> = {
  'kayenta-classifier-20': {
    ours: 'Inconclusive',
    because: 'two samples against three: no outcome of these could have failed, so none can pass',
  },
  'kayenta-classifier-25': { ours: 'Inconclusive', because: 'an experiment that delivers nothing at all is no data, not a row of zeros' },
};

describe('the pairs of Kayenta', () => {
  const expected = { Pass: 'Successful', High: 'Failed', Low: 'Failed', Nodata: 'Inconclusive', null: 'Inconclusive' };
  const file = fixture('kayenta-classifier');
  const labels = new Map<string, keyof typeof expected>(
    file.vectors.map((vector: { id: string; expected: { classification: string | null } }) => [
      vector.id,
      String(vector.expected.classification),
    ]),
  );

  it.each(pairsOf(file).map((pair) => ({ id: pair.id, pair })))('$id has its labeled verdict or a listed difference', ({ id, pair }) => {
    expect(verdictOf(pair)).toBe(differences[id]?.ours ?? expected[labels.get(id) ?? 'null']);
  });

  it('accounts for all 37 pairs of Kayenta and lists only real differences', () => {
    expect(labels.size).toBe(37);
    for (const [id, { ours }] of Object.entries(differences)) expect(expected[labels.get(id) ?? 'null']).not.toBe(ours);
  });
});

describe('pairs that users reported as wrongly passed', () => {
  it.each(pairsOf(fixture('kayenta-user-reported')).map((pair) => ({ id: pair.id, pair })))('$id fails by its margin too', ({ pair }) => {
    const { verdict, margin } = judgeSeries(pair.metrics[0] as Pair['metrics'][number]);

    expect(verdict).toBe('Failed');
    expect(margin).toBeLessThan(0);
  });
});

describe('the ladder of more and more bad samples', () => {
  it('judges a ladder of more bad samples as good first and bad last, without a way back', () => {
    const verdicts = pairsOf(fixture('monotonicity-own')).map(verdictOf);

    expect(verdicts.join(' ')).toMatch(/^(Successful )+(Failed ?)+$/);
    expect(verdicts.indexOf('Failed')).toBeLessThanOrEqual(3);
  });
});

describe('the interval of Mann and Whitney', () => {
  const tolerance = 1e-6;
  const vectors: Record<string, { arrays: Record<string, number[]>; confidenceLevel: number; rValues: Record<string, number> }> =
    Object.fromEntries(fixture('kayenta-mannwhitney').vectors.map((vector: { name: string }) => [vector.name, vector]));
  const arraysOf = (name: string) => {
    const { arrays = {}, confidenceLevel = 0, rValues = {} } = vectors[name] ?? {};
    const [experiment = [], control = []] = [
      arrays.experiment ?? arrays.experimentData ?? arrays.x,
      arrays.control ?? arrays.controlData ?? arrays.y,
    ];
    return { experiment, control, confidenceLevel, rValues };
  };
  const close = (seen: number, wanted: number | undefined) => expect(Math.abs(seen - (wanted ?? Number.NaN))).toBeLessThan(tolerance);

  it('ranks samples as R does', () => {
    const { experiment, control } = arraysOf('Wilcoxon Diff Function');

    close(standardised(experiment, control, 0, true), -1.229416);
    expect(standardised(experiment, control, 5, true)).toBeCloseTo(-35.80606, 5);
  });

  it.each([
    ['Mann-Whitney Confidence Interval & Estimate', 6, 39, 22.5],
    ['Mann-Whitney Confidence Interval & Estimate: Problem Case', -1.4808028936386108e-5, 1.808255910873413e-5, 1.808255910873413e-5],
    ['Mann-Whitney Confidence Interval & Estimate: Tie out with R Version', -0.500002521696696, -3.486287505871302e-5, -0.4999393907180323],
    [
      'Mann-Whitney Confidence Interval & Estimate: Tie out with R Version (Large)',
      -0.4999173250549087,
      -6.912685789769486e-6,
      -3.45044082729315e-5,
    ],
  ])('finds the same limits as R: %s', (name, lower, upper, estimate) => {
    const { experiment, control, confidenceLevel } = arraysOf(name);

    const shift = shiftInterval(experiment, control, confidenceLevel);

    close(shift.lower, lower);
    close(shift.upper, upper);
    close(shift.estimate, estimate);
  });

  it('computes the same intermediate values as R', () => {
    const { experiment, control, confidenceLevel, rValues } = arraysOf('Mann-Whitney Intermediate Values / Variables');
    const [smallest, largest] = [rValues.rMumin ?? 0, rValues.rMumax ?? 0];
    const at = (shift: number, quantile = 0) => standardised(experiment, control, shift, true) - quantile;

    const { lower, upper } = shiftInterval(experiment, control, confidenceLevel);

    close(lower, rValues.rCil);
    close(upper, rValues.rCiu);
    close(at(smallest, rValues.rZqLower), rValues.rFlower1);
    close(at(largest, rValues.rZqUpper), rValues.rFupper2);
    close(findRoot(at, smallest, largest, 1e-4), rValues.rEst);
  });
});

describe('the judge of series', () => {
  const flat = [10, 11, 10, 12, 11, 10, 11, 12, 10, 11];

  it.each([
    ['nothing on one side', [], flat],
    ['nothing but missing values', flat, [null, null, null, null]],
    ['two samples', flat, [10, 11]],
    ['most samples lost', flat, [10, 11, 10, null, null, null, null, null, null, null]],
  ])('judges a series Inconclusive on %s', (_, control, experiment) => {
    const ruling = judgeSeries({ ...increase, control, experiment });

    expect(ruling.verdict).toBe('Inconclusive');
    expect(ruling.reasons[0]).toBeTruthy();
  });

  it('passes equal samples, with and without variance', () => {
    expect(judgeSeries({ ...increase, control: flat, experiment: [...flat].reverse() }).verdict).toBe('Successful');
    expect(judgeSeries({ ...increase, control: [0, 0, 0, 0], experiment: [0, 0, 0, 0] })).toMatchObject({
      verdict: 'Successful',
      margin: 0,
      samples: 4,
    });
  });

  it('passes a move in the good direction and fails one in the bad direction', () => {
    const higher = flat.map((value) => 2 * value);

    expect(judgeSeries({ ...increase, control: flat, experiment: higher })).toMatchObject({ verdict: 'Failed' });
    expect(judgeSeries({ ...increase, direction: 'either', control: flat, experiment: higher }).verdict).toBe('Failed');
    expect(judgeSeries({ ...increase, direction: 'decrease', control: flat, experiment: higher }).verdict).toBe('Successful');
  });

  it('passes a certain shift that is too small to matter', () => {
    const [control, experiment] = [100, 102].map((level) => Array.from({ length: 100 }, (_, index) => level + (index % 10) / 10));

    expect(judgeSeries({ ...increase, control: control ?? [], experiment: experiment ?? [] }).verdict).toBe('Successful');
  });

  it('fails a late turn for the worse that the whole series hides', () => {
    const level = (count: number, from: number) => Array.from({ length: count }, (_, index) => from + (index % 5));
    const control = [...level(60, 100), 140, 150, 160, 170];

    expect(judgeSeries({ ...increase, control, experiment: [...level(90, 100), ...level(10, 120)] })).toMatchObject({
      verdict: 'Failed',
      reasons: [expect.stringContaining('the last')],
    });
  });

  it('only suspects a worse series on too few samples, unless it is worse by far', () => {
    expect(judgeSeries({ ...increase, control: [10, 11, 12], experiment: [14, 15, 14] }).verdict).toBe('Inconclusive');
    expect(judgeSeries({ ...increase, control: [10, 11, 12], experiment: [50, 60, 55] }).verdict).toBe('Failed');
  });

  it('tolerates the change that the operator allowed', () => {
    const higher = flat.map((value) => 1.5 * value);

    expect(judgeSeries({ ...increase, control: flat, experiment: higher, allowed: [1, 2] }).verdict).toBe('Successful');
    expect(judgeSeries({ ...increase, control: flat, experiment: higher, allowed: [1, 1.4] }).verdict).toBe('Failed');
  });

  const many = <T>(count: number, sample: (index: number) => T) => Array.from({ length: count }, (_, index) => sample(index));
  const usual = (index: number) => 1 + 0.02 * ((7 * index) % 5);

  it.each([
    ['the last 3 of 5', 5, (index: number) => index >= 2],
    ['half of 10', 10, (index: number) => index >= 5],
    ['6 of 20, now and then', 20, (index: number) => index % 3 === 0 && index < 18],
    ['the last 6 of 60', 60, (index: number) => index >= 54],
    ['the last 4 of 10', 10, (index: number) => index >= 6],
  ])('fails a gross outage of %s samples', (_, count, isOut) => {
    const [up, down] = [100, 0].map((level) => many(count, (index) => (isOut(index) ? level : usual(index))));

    expect(judgeSeries({ ...increase, control: many(count, usual), experiment: up ?? [] }).verdict).toBe('Failed');
    expect(judgeSeries({ ...increase, direction: 'decrease', control: many(count, usual), experiment: down ?? [] }).verdict).toBe('Failed');
  });

  it.each([1, 100])('tolerates a quarter more failures in a rate of success of at most %d', (ceiling) => {
    const rate = (level: number) => many(60, (index) => ceiling * (level + 0.0001 * (index % 3)));
    const verdict = (level: number) =>
      judgeSeries({ ...increase, direction: 'decrease', control: rate(0.998), experiment: rate(level) }).verdict;

    expect([0.998, 0.9976, 0.995, 0.955].map(verdict)).toEqual(['Successful', 'Successful', 'Failed', 'Failed']);
  });

  it.each([
    ['zeros and ones', many(1000, (index) => (index % 5 < 2 ? 0 : 1)), many(1000, () => 1)],
    ['ones and twos', many(1000, (index) => 1 + (index % 2)), many(1000, () => 2)],
    ['a few ones', many(60, (index) => (index % 10 ? 0 : 1)), many(60, (index) => (index % 3 ? 0 : 1))],
  ])('does not take ties for better: %s', (_, control, experiment) => {
    expect(judgeSeries({ ...increase, control, experiment }).verdict).toBe('Failed');
  });

  it('finds that a range is gone, even beside samples far outside it', () => {
    const control = many(30, (index) => 3 * index);
    const stuck = many(30, () => 45);

    for (const experiment of [stuck, stuck.with(3, 1e6).with(9, -1e6)])
      expect(judgeSeries({ ...increase, direction: 'either', control, experiment })).toMatchObject({
        verdict: 'Failed',
        reasons: expect.arrayContaining([expect.stringContaining('range is gone')]),
      });
  });

  it('judges 130,000 samples in less than 20 seconds', () => {
    const [control, experiment] = [3, 7].map((step) => many(130_000, (index) => (index * step) % 1001));
    const begun = performance.now();

    expect(judgeSeries({ ...increase, control: control ?? [], experiment: experiment ?? [] }).verdict).toBe('Successful');
    expect(performance.now() - begun).toBeLessThan(20_000);
  });

  it('judges a stopped source Inconclusive, unless it was worse or the control stopped too', () => {
    const control = many(60, usual);
    const silent = many(60, (index) => (index < 40 ? usual(index) : null));

    expect(judgeSeries({ ...increase, control, experiment: silent })).toMatchObject({
      verdict: 'Inconclusive',
      reasons: ['no data in the last 20 intervals'],
    });
    expect(judgeSeries({ ...increase, control, experiment: silent.map((value) => value && 9) }).verdict).toBe('Failed');
    expect(judgeSeries({ ...increase, control: silent, experiment: silent }).verdict).toBe('Successful');
    expect(judgeSeries({ ...increase, control, experiment: control, nanStrategy: 'replace' }).verdict).toBe('Successful');
  });
});
