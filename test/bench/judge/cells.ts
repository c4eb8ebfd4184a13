import { type Fault, faults } from './faults.ts';

export interface Mode {
  readonly name: string;
  /** The candidate's share of the traffic. The baseline gets the rest. */
  readonly share: number;
}

export const modes: readonly Mode[] = [
  { name: 'full', share: 1 },
  { name: 'canary5', share: 0.05 },
  { name: 'canary10', share: 0.1 },
  { name: 'split50', share: 0.5 },
  { name: 'holdback90', share: 0.9 },
];

export interface Cell {
  readonly fault: Fault;
  readonly mode: Mode;
  readonly requestsPerSecond: number;
  readonly baseline: number;
  readonly overdispersed: boolean;
}

/** Lists all combinations that the benchmark plays. */
export function allCells(): Cell[] {
  return faults.flatMap((fault) =>
    modes.flatMap((mode) =>
      (fault.requestsPerSecond ?? [1, 10, 100, 1000]).flatMap((requestsPerSecond) =>
        (fault.baselines ?? [0.001, 0.005, 0.01]).flatMap((baseline) =>
          (fault.overdispersed ? [false, true] : [false]).map((overdispersed) => ({
            fault,
            mode,
            requestsPerSecond,
            baseline,
            overdispersed,
          })),
        ),
      ),
    ),
  );
}

/** Names a cell. The name is also part of the seed of its traces. */
export function cellName(cell: Cell): string {
  return [cell.fault.name, cell.mode.name, cell.requestsPerSecond, cell.baseline, cell.overdispersed ? 'od' : 'even'].join('/');
}
