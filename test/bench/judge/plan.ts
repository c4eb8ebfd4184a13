import { allCells, type Cell } from './cells.ts';

export interface Plan {
  readonly seed: number;
  /** Innocent releases without a disturbance, in each cell; the others are half as many. */
  readonly traces: number;
  readonly judges: readonly string[];
  /** Plays only the corners of the grid. */
  readonly quick: boolean;
}

/** Lists the cells that a plan plays. */
export function cellsOf({ quick }: Pick<Plan, 'quick'>): Cell[] {
  const corner = ({ mode, requestsPerSecond, baseline }: Cell) =>
    ['full', 'canary10'].includes(mode.name) && [0.1, 10, 100].includes(requestsPerSecond) && baseline !== 0.005;
  return quick ? allCells().filter(corner) : allCells();
}

/** Says how many releases of a cell a plan plays. */
export function tracesOf(plan: Plan, cell: Cell): number {
  return cell.fault.name === 'none' ? plan.traces : Math.ceil(plan.traces / 2);
}
