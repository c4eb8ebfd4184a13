import { betaQuantile } from '#watch/judge/numerics/beta';

export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Estimates a rate with its two-sided 95 % interval (Clopper and Pearson 1934). */
export function rate(hits: number, n: number): Estimate {
  return {
    value: hits / n,
    low: hits === 0 ? 0 : betaQuantile(0.025, hits, n - hits + 1),
    high: hits === n ? 1 : betaQuantile(0.975, hits + 1, n - hits),
    n,
  };
}

/** Estimates a mean with the normal 95 % interval. */
export function meanOf(values: readonly number[]): Estimate {
  const n = values.length;
  const value = values.reduce((sum, x) => sum + x, 0) / n;
  const variance = values.reduce((sum, x) => sum + (x - value) ** 2, 0) / Math.max(1, n - 1);
  const half = 1.96 * Math.sqrt(variance / n);
  return { value, low: value - half, high: value + half, n };
}

/** Estimates a quantile with the 95 % interval of its order statistics (Conover 1999, section 3.2). */
export function quantileOf(values: readonly number[], q: number): Estimate {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const half = 1.96 * Math.sqrt(n * q * (1 - q));
  const at = (rank: number) => sorted[Math.min(n, Math.max(1, Math.ceil(rank))) - 1] ?? Number.NaN;
  return { value: at(n * q), low: at(n * q - half), high: at(n * q + half + 1), n };
}
