import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import type { Share } from './bernoulli.ts';

const blockLengths = [1, 3, 6, 12, 30];
export const fewestBlocks = 8;
const significance = normalQuantile(0.95, 0, 1);

/**
 * Estimates how many times more than binomially a rate fluctuates from interval to interval: Pearson's X2 over its degrees of freedom
 * (McCullagh and Nelder: Generalized Linear Models, 4.5), the largest over several block lengths, since noise that lasts for minutes shows
 * only in blocks of minutes; 1 where the excess is not significant at 5 %.
 */
export function dispersionOf(intervals: readonly Share[]): number {
  const usable = intervals.filter(({ n }) => n > 0);
  return Math.max(1, ...blockLengths.map((length) => ofBlocks(blocksOf(usable, length))));
}

function blocksOf(intervals: readonly Share[], length: number): Share[] {
  const blocks: Share[] = [];
  for (let from = 0; from + length <= intervals.length; from += length) blocks.push(sumOf(intervals.slice(from, from + length)));
  return blocks;
}

export const sumOf = (blocks: readonly Share[]): Share =>
  blocks.reduce((sum, { n, bad }) => ({ n: sum.n + n, bad: sum.bad + bad }), { n: 0, bad: 0 });

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
