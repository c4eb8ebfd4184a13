import { describe, expect, it } from 'vitest';
import { betaQuantile, logBeta } from '#watch/judge/numerics/beta';
import { normalQuantile } from '#watch/judge/numerics/normal';

const chances = [1e-9, 1e-4, 0.01, 0.05, 0.3, 0.5, 0.8, 0.975, 0.9999];
/** The error of a value, as a share of the expected value. */
const off = (value: number, wanted: number) => Math.abs(value - wanted) / Math.abs(wanted);

describe('the quantile of the normal distribution', () => {
  it.each([
    [0.975, 1.959963984540054],
    [0.95, 1.6448536269514722],
    [0.3, -0.5244005127080407],
    [0.001, -3.090232306167813],
    [1e-12, -7.034483825301131],
  ])('computes the normal quantile of %d as R does', (p, wanted) => {
    expect(off(normalQuantile(p), wanted)).toBeLessThan(1e-15);
  });

  it('mirrors the normal quantile around one half', () => {
    for (const p of [0.001, 0.02, 0.2, 0.45]) expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), 12);
  });

  it('returns infinity at the ends of the normal quantile, and NaN outside', () => {
    expect([0, 1, -0.1, 1.1].map(normalQuantile)).toEqual([-Infinity, Infinity, Number.NaN, Number.NaN]);
  });
});

describe('the quantile of the beta distribution', () => {
  it('computes a beta quantile with one shape of 1 as a power', () => {
    for (const p of chances)
      for (const shape of [0.5, 1, 3, 40, 1_000, 1_000_000]) {
        expect(off(betaQuantile(p, shape, 1), p ** (1 / shape))).toBeLessThan(1e-11);
        expect(off(betaQuantile(p, 1, shape), -Math.expm1(Math.log1p(-p) / shape))).toBeLessThan(1e-11);
      }
  });

  it('computes a beta quantile with both shapes of one half as a squared sine', () => {
    for (const p of chances) expect(off(betaQuantile(p, 0.5, 0.5), Math.sin((Math.PI * p) / 2) ** 2)).toBeLessThan(1e-10);
  });

  it('computes the limit of Clopper and Pearson by the beta quantile', () => {
    const [n, bad, confidence] = [50, 3, 0.95];
    const limit = betaQuantile(confidence, bad + 1, n - bad);
    const terms = [1, 50, 1_225, 19_600].map((ways, k) => ways * limit ** k * (1 - limit) ** (n - k));

    expect(terms.reduce((sum, term) => sum + term)).toBeCloseTo(1 - confidence, 12);
  });

  it('mirrors the beta quantile when the shapes change places', () => {
    for (const [a, b] of [
      [2, 300],
      [17, 4_000],
      [300, 70_000],
    ] as const)
      for (const p of chances) expect(betaQuantile(p, a, b)).toBeCloseTo(1 - betaQuantile(1 - p, b, a), 10);
  });
});

describe('the log of the beta function', () => {
  it('follows the recurrence of the beta function from small numbers to large ones', () => {
    for (const a of [0.5, 3, 11.5, 12, 200, 1e6])
      for (const b of [0.5, 3, 11.5, 12, 200, 1e6])
        expect(off(logBeta(a + 1, b), logBeta(a, b) + Math.log(a / (a + b)))).toBeLessThan(1e-13);
  });

  it('returns minus the log of the other number if one number is 1', () => {
    for (const b of [2, 11, 13, 1e5, 1e8]) expect(off(logBeta(1, b), -Math.log(b))).toBeLessThan(1e-13);
  });
});
