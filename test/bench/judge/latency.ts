import { errorFunction } from 'simple-statistics';
import { drawNormal, type Random } from './draws.ts';

const medianMs = 120;
const sigma = 0.5;
/** The old version's 95th percentile. */
export const oldP95Ms = medianMs * Math.exp(sigma * 1.6448536269514722);

export interface Tails {
  readonly p95: number;
  readonly p500: number;
  readonly p1000: number;
}

const known = new Map<number, Tails>();

/** Answers the shares of requests over the old version's p95, over 500 ms and over 1 s, when all take `slowdown` times as long. */
export function tails(slowdown: number): Tails {
  const cached = known.get(slowdown);
  if (cached) return cached;
  const computed = { p95: slowerThan(oldP95Ms, slowdown), p500: slowerThan(500, slowdown), p1000: slowerThan(1000, slowdown) };
  known.set(slowdown, computed);
  return computed;
}

/** Answers the probability that a request of a log-normal latency (median 120 ms, σ 0.5) times `slowdown` takes longer than `ms`. */
function slowerThan(ms: number, slowdown: number): number {
  const z = Math.log(ms / (medianMs * slowdown)) / sigma;
  return 0.5 * (1 - errorFunction(z / Math.SQRT2));
}

/** Draws the mean latency of `n` requests: summed while few, by the central limit theorem above. */
export function drawMeanMs(random: Random, n: number, slowdown: number): number {
  const mean = medianMs * slowdown * Math.exp((sigma * sigma) / 2);
  if (n > 30) return mean * (1 + Math.sqrt(Math.expm1(sigma * sigma) / n) * drawNormal(random));
  let sum = 0;
  for (let i = 0; i < n; i += 1) sum += medianMs * slowdown * Math.exp(sigma * drawNormal(random));
  return n === 0 ? Number.NaN : sum / n;
}
