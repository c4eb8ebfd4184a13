import { allCells, type Cell } from './cells.ts';
import { hasConcurrent, isInnocent } from './record.ts';

export interface Plan {
  readonly seed: number;
  /** Innocent releases in each cell, at least; of the bad ones there are half as many. */
  readonly traces: number;
  readonly judges: readonly string[];
  /** Plays only faults whose name contains one of these; without any, all. */
  readonly faults: readonly string[];
  /** Plays only the corners of the grid. */
  readonly quick: boolean;
}

/** Lists the cells that a plan plays. */
export function cellsOf({ quick, faults }: Pick<Plan, 'quick' | 'faults'>): Cell[] {
  const isCorner = ({ mode, requestsPerSecond, baseline }: Cell) =>
    ['full', 'canary10'].includes(mode.name) && [0.1, 10, 100].includes(requestsPerSecond) && baseline !== 0.005;
  const isNamed = ({ fault }: Cell) => faults.length === 0 || faults.some((text) => fault.name.includes(text));
  return allCells().filter((cell) => isNamed(cell) && (!quick || isCorner(cell)));
}

/** So many releases, with one rolled back, still have an upper 95 % limit below 1 %. */
const telling = 600;

/** Says how many releases of a cell a plan plays: of each innocent kind beside an old version at least enough to tell 1 % by. */
export function tracesOf(plan: Plan, cells: readonly Cell[], cell: Cell): number {
  if (!isInnocent(cell)) return Math.ceil(plan.traces / 2);
  if (!hasConcurrent(cell)) return plan.traces;
  const alike = cells.filter((other) => hasConcurrent(other) && kindOf(other) === kindOf(cell));
  return Math.max(plan.traces, Math.ceil(telling / alike.length));
}

const kindOf = ({ fault, overdispersed }: Cell) => `${fault.name.split(',')[0]} ${fault.name === 'none' && overdispersed}`;
