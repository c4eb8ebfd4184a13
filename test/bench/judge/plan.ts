import { allCells, type Cell } from './cells.ts';
import { hasConcurrent, isInnocent, isStep } from './record.ts';

export interface Plan {
  readonly seed: number;
  /** Releases in each cell: at least this many innocent ones; half as many of faults other than steps to 3, 5, 50 %. */
  readonly traces: number;
  readonly judges: readonly string[];
  /** Plays only faults with one of these texts in the name. Without texts, it plays all. */
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

/** If five of this many releases are rolled back, the upper 95 % limit is still below 1 %. */
const telling = 1200;
/** The same for one of this many releases, for a quick look. */
const tellingQuickly = 600;

/** Computes how many releases of a cell a plan plays. Innocent kinds with a baseline get enough to show 1 %. */
export function tracesOf(plan: Plan, cells: readonly Cell[], cell: Cell): number {
  if (isStep(cell)) return plan.traces;
  if (!isInnocent(cell)) return Math.ceil(plan.traces / 2);
  if (!hasConcurrent(cell)) return plan.traces;
  const alike = cells.filter((other) => hasConcurrent(other) && kindOf(other) === kindOf(cell));
  return Math.max(plan.traces, Math.ceil((plan.quick ? tellingQuickly : telling) / alike.length));
}

const kindOf = ({ fault, overdispersed }: Cell) => `${fault.name.split(',')[0]} ${fault.name === 'none' && overdispersed}`;
