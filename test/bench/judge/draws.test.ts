import { seededRandom } from '@sluice/emulator';
import { describe, expect, test } from 'vitest';
import { drawBinomial, drawNormal, drawPoisson } from './draws.ts';

const draws = 40_000;

function moments(draw: () => number): { mean: number; variance: number } {
  const values = Array.from({ length: draws }, draw);
  const mean = values.reduce((sum, x) => sum + x, 0) / draws;
  return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (draws - 1) };
}

function expectMoments(draw: () => number, mean: number, variance: number): void {
  const seen = moments(draw);

  expect(Math.abs(seen.mean - mean)).toBeLessThan(4 * Math.sqrt(variance / draws));
  expect(Math.abs(seen.variance / variance - 1)).toBeLessThan(0.05);
}

describe('the draws of the judge benchmark', () => {
  test.each([
    [20, 0.1],
    [10_000, 0.0005],
    [100, 0.11],
    [10_000, 0.03],
    [300, 0.5],
    [50, 0.95],
  ])('a binomial of %i trials at %d has its mean and variance', (n, p) => {
    const random = seededRandom(1);

    expectMoments(() => drawBinomial(random, n, p), n * p, n * p * (1 - p));
  });

  test.each([0.5, 9.9, 10, 100, 10_000])('a Poisson number around %d has its mean and variance', (mean) => {
    const random = seededRandom(2);

    expectMoments(() => drawPoisson(random, mean), mean, mean);
  });

  test('a normal number has mean 0 and variance 1', () => {
    const random = seededRandom(3);

    expectMoments(() => drawNormal(random), 0, 1);
  });

  test('a binomial drawn by rejection takes each value with its probability', () => {
    const random = seededRandom(4);
    const [n, p] = [40, 0.4];
    const seen = new Array<number>(n + 1).fill(0);

    for (let i = 0; i < draws; i += 1) {
      const k = drawBinomial(random, n, p);
      seen[k] = (seen[k] ?? 0) + 1;
    }

    const mass = masses(n, p);
    const statistic = mass.reduce((sum, m, k) => (m * draws < 5 ? sum : sum + ((seen[k] ?? 0) - m * draws) ** 2 / (m * draws)), 0);
    expect(statistic).toBeLessThan(50);
  });

  test('a binomial is 0 without trials or with probability 0, and n with probability 1', () => {
    const random = seededRandom(5);

    expect([drawBinomial(random, 0, 0.5), drawBinomial(random, 7, 0), drawBinomial(random, 7, 1), drawPoisson(random, 0)]).toEqual([
      0, 0, 7, 0,
    ]);
  });
});

function masses(n: number, p: number): number[] {
  const mass = [(1 - p) ** n];
  for (let k = 1; k <= n; k += 1) mass.push(((mass[k - 1] ?? 0) * (n - k + 1) * p) / (k * (1 - p)));
  return mass;
}
