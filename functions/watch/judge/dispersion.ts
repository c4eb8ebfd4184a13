import { normalQuantile } from '#watch/judge/numerics/normal';
import type { Share } from './bernoulli.ts';

const blockLengths = [1, 3, 6, 12, 30];
export const fewestBlocks = 8;
const significance = normalQuantile(0.95);

/**
 * Estimates how many times more than binomially a rate fluctuates from interval to interval.
 * It is 1 if the excess is not significant at 5 %.
 */
export function dispersionOf(intervals: readonly Share[]): number {
  const usable = intervals.filter(({ n }) => n > 0);
  // Noise that lasts for minutes shows only in blocks of minutes, so the largest of several block lengths counts.
  return Math.max(1, ...blockLengths.map((length) => ofBlocks(blocksOf(usable, length))));
}

/**
 * Estimates how many times more than binomially adjacent intervals differ.
 * It is 1 if the excess is not significant at 5 %.
 */
export function burstsOf(intervals: readonly Share[]): number {
  // Bursts, such as the retries of one failure, fall on one version and are not shared with the other.
  // A level that wanders for minutes hardly shows here.
  const usable = intervals.filter(({ n }) => n > 0);
  const excesses = usable.slice(1).flatMap((to, index) => differenceOf(usable[index] as Share, to) ?? []);
  if (excesses.length < fewestBlocks) return 1;
  // The mean squared successive difference (von Neumann, Kent, Bellinson and Hart 1941).
  const mean = excesses.reduce((sum, excess) => sum + excess, 0) / excesses.length;
  // Adjacent differences share an interval, so their degrees of freedom are two thirds of their number.
  const freedom = (2 * excesses.length) / 3;
  return mean * freedom > chiSquareLimit(freedom) ? mean : 1;
}

/** Squared difference of two rates over its binomial variance; undefined if all their requests are good, or all bad. */
function differenceOf(from: Share, to: Share): number | undefined {
  const rate = (from.bad + to.bad) / (from.n + to.n);
  if (rate === 0 || rate === 1) return undefined;
  return (to.bad / to.n - from.bad / from.n) ** 2 / (rate * (1 - rate) * (1 / to.n + 1 / from.n));
}

function blocksOf(intervals: readonly Share[], length: number): Share[] {
  const blocks: Share[] = [];
  for (let from = 0; from + length <= intervals.length; from += length) blocks.push(sumOf(intervals.slice(from, from + length)));
  return blocks;
}

export const sumOf = (blocks: readonly Share[]): Share =>
  blocks.reduce((sum, { n, bad }) => ({ n: sum.n + n, bad: sum.bad + bad }), { n: 0, bad: 0 });

/** Pearson's X2 over its degrees of freedom (McCullagh and Nelder: Generalized Linear Models, 4.5). */
function ofBlocks(blocks: readonly Share[]): number {
  const { n, bad } = sumOf(blocks);
  const freedom = blocks.length - 1;
  if (blocks.length < fewestBlocks || bad === 0 || bad === n) return 1;
  const rate = bad / n;
  const pearson = blocks.reduce((sum, block) => sum + (block.bad - block.n * rate) ** 2 / (block.n * rate * (1 - rate)), 0);
  return pearson > chiSquareLimit(freedom) ? pearson / freedom : 1;
}

/** The 95 % quantile of chi-square (Wilson and Hilferty, 1931). */
const chiSquareLimit = (freedom: number) => freedom * (1 - 2 / (9 * freedom) + significance * Math.sqrt(2 / (9 * freedom))) ** 3;
