import type { Cell } from './cells.ts';
import type { Outcome } from './outcome.ts';
import type { Played } from './replay.ts';

/** Returns the outcomes of one judge for the cells that fit. */
export type Select = (judge: string, fits: (cell: Cell) => boolean) => Outcome[];

/** Makes the whole run's outcomes selectable by judge and cell. */
export function selector(cells: readonly Cell[], played: readonly Played[]): Select {
  const byJudge = Map.groupBy(played, ({ judge }) => judge);
  return (judge, fits) =>
    (byJudge.get(judge) ?? []).flatMap(({ cell, outcomes }) => {
      const of = cells[cell];
      return of && fits(of) ? outcomes : [];
    });
}

export const isInnocent = (cell: Cell) => cell.fault.signal === undefined;
export const hasConcurrent = (cell: Cell) => cell.mode.share < 1;
/** The error steps that the criteria are about: 3, 5 and 50 %. */
export const isStep = (cell: Cell) => ['step 3 %', 'step 5 %', 'step 50 %'].includes(cell.fault.name);
export const at = (mode: string) => (cell: Cell) => cell.mode.name === mode;
