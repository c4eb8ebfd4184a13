import { errorFunction } from 'simple-statistics';
import { drawNormal, type Random } from './draws.ts';

const medianMs = 120;
const sigma = 0.5;
/** The 95th percentile of the baseline. */
export const oldP95Ms = medianMs * Math.exp(sigma * 1.6448536269514722);

export interface Tails {
  readonly p95: number;
  readonly p500: number;
  readonly p1000: number;
}

const known = new Map<number, Tails>();

/** Computes the shares of requests over the baseline's p95, 500 ms and 1 s if all take `slowdown` times as long. */
export function tails(slowdown: number): Tails {
  const cached = known.get(slowdown);
  if (cached) return cached;
  const computed = { p95: slowerThan(oldP95Ms, slowdown), p500: slowerThan(500, slowdown), p1000: slowerThan(1000, slowdown) };
  known.set(slowdown, computed);
  return computed;
}

/** The probability that a log-normal latency (median 120 ms, σ 0.5), multiplied by `slowdown`, exceeds `ms`. */
function slowerThan(ms: number, slowdown: number): number {
  const z = Math.log(ms / (medianMs * slowdown)) / sigma;
  return 0.5 * (1 - errorFunction(z / Math.SQRT2));
}

/** Draws the mean latency of `n` requests: as a sum up to 30 requests, otherwise by the central limit theorem. */
export function drawMeanMs(random: Random, n: number, slowdown: number): number {
  const mean = medianMs * slowdown * Math.exp((sigma * sigma) / 2);
  if (n > 30) return mean * (1 + Math.sqrt(Math.expm1(sigma * sigma) / n) * drawNormal(random));
  let sum = 0;
  for (let i = 0; i < n; i += 1) sum += medianMs * slowdown * Math.exp(sigma * drawNormal(random));
  return n === 0 ? Number.NaN : sum / n;
}
