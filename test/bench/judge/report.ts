import { type Cell, modes } from './cells.ts';
import { type Criterion, criteriaOf } from './criteria.ts';
import { type Delay, delaysOf } from './delays.ts';
import { type Figures, figuresOf, type Met, metBy } from './figures.ts';
import type { Judge } from './judge.ts';
import { badTable, criteriaList, delayTable, innocentTable, metTable } from './print.ts';
import { isInnocent, type Select } from './record.ts';

export interface Report {
  readonly figures: readonly Figures[];
  readonly met: readonly Met[];
  readonly delays: readonly Delay[];
  readonly criteria: readonly Criterion[];
}

/** Makes the report of a run. */
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

/** Writes a report for a terminal. */
export function worded({ figures, met, delays, criteria }: Report): string {
  return [
    'Intervals are 95 %: Clopper and Pearson for rates, order statistics for delays, normal for means.',
    `${innocentTable(figures)}\nAlready red: 5 % before, then 0.2, 3 or 5 %. Undecided: on even traffic; the other judges know only good and bad. –: Kayenta judges only with a baseline that serves at the same time.`,
    `${badTable(figures)}\nMissed, found good and delays: steps to 3, 5 and 50 % on even traffic. Wrong cause and failed requests: all bad releases. Here our judge rolls back because of CPU and memory, as a policy can choose; by default they hold.`,
    metTable(met),
    `${delayTable(delays)}\nThe bound is ln(1/α)/KL requests on the new version; a missed release counts as never.`,
    criteriaList(criteria),
  ].join('\n\n');
}
