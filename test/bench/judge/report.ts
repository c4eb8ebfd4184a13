import { type Cell, modes } from './cells.ts';
import { type Criterion, criteriaOf } from './criteria.ts';
import { type Delay, delaysOf } from './delays.ts';
import { type Figures, figuresOf, type Met, metBy } from './figures.ts';
import type { Judge } from './judge.ts';
import { criteriaList, delayTable, figuresTable, metTable } from './print.ts';
import { isInnocent, type Select } from './record.ts';

export interface Report {
  readonly figures: readonly Figures[];
  readonly met: readonly Met[];
  readonly delays: readonly Delay[];
  readonly criteria: readonly Criterion[];
}

/** Sums a run up. */
export function reportOf(select: Select, judges: readonly Judge[], cells: readonly Cell[]): Report {
  const played = modes.map(({ name }) => name).filter((mode) => cells.some((cell) => cell.mode.name === mode));
  const bad = [...new Set(cells.filter((cell) => !isInnocent(cell)).map(({ fault }) => fault.name))];
  const sequential = judges.filter(({ name }) => name.startsWith('sequential'));
  const shown = played.filter((mode) => mode === 'full' || mode === 'canary10');
  return {
    figures: judges.flatMap((judge) => played.map((mode) => figuresOf(select, judge.name, mode))),
    met: bad.flatMap((fault) => shown.flatMap((mode) => judges.map((judge) => metBy(select, judge.name, mode, fault)))),
    delays: sequential.flatMap((judge) => shown.flatMap((mode) => delaysOf(select, judge, mode, cells))),
    criteria: sequential.flatMap((judge) => criteriaOf(select, judge, cells)),
  };
}

/** Words a report for a terminal. */
export function worded({ figures, met, delays, criteria }: Report): string {
  return [
    'Innocent releases rolled back, bad ones missed, 95 % intervals in brackets. `held`: innocent on even traffic and undecided at the end.',
    '`missed`, `passed` (found good), `delay`: steps to 3, 5 and 50 % on even traffic. `red`: over the limit before and not made worse.',
    '`failed`: requests failed before the decision at 100 requests/s, mean over every bad release.',
    figuresTable(figures),
    'Bad releases, even traffic.',
    metTable(met),
    'Median delay beside the shortest possible, ln(1/α)/KL.',
    delayTable(delays),
    criteriaList(criteria),
  ].join('\n\n');
}
