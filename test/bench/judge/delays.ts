import { shortestDelay } from './bound.ts';
import type { Cell } from './cells.ts';
import { type Estimate, quantileOf } from './intervals.ts';
import type { Judge } from './judge.ts';
import { alpha } from './ours.ts';
import { at, isStep, type Select } from './record.ts';

/** A judge's delay on one step, and the shortest possible delay. */
export interface Delay {
  readonly judge: string;
  readonly mode: string;
  readonly from: number;
  readonly to: number;
  readonly requestsPerSecond: number;
  readonly bound: number;
  /** Five times the bound and one poll. */
  readonly allowed: number;
  /** The median over all releases. A missed release counts as infinity. */
  readonly median: Estimate;
}

const watchSeconds = 1800;

/** Lists a judge's median delays on even traffic, for steps to 3, 5 and 50 % that can be seen within the watch. */
export function delaysOf(select: Select, judge: Judge, mode: string, cells: readonly Cell[]): Delay[] {
  return cells
    .filter((cell) => isStep(cell) && at(mode)(cell) && !cell.overdispersed)
    .map((cell) => delayOf(select, judge, cell))
    .filter(({ allowed }) => allowed <= watchSeconds);
}

function delayOf(select: Select, judge: Judge, cell: Cell): Delay {
  const { mode, baseline, requestsPerSecond, fault } = cell;
  const to = fault.behaves(0, baseline).errors;
  const bound = shortestDelay(alpha, to, baseline, requestsPerSecond * mode.share);
  const outcomes = select(judge.name, (candidate) => candidate === cell);
  const seen = outcomes.map(({ kind, delay }) => (kind === 'right' ? delay : Number.POSITIVE_INFINITY));
  const allowed = 5 * bound + judge.poll;
  return { judge: judge.name, mode: mode.name, from: baseline, to, requestsPerSecond, bound, allowed, median: quantileOf(seen, 0.5) };
}
