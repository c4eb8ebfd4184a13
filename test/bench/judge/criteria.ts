import type { Cell } from './cells.ts';
import { delaysOf } from './delays.ts';
import { missed, shareOf } from './figures.ts';
import { meanOf } from './intervals.ts';
import type { Judge } from './judge.ts';
import { yardstick } from './judges.ts';
import { at, hasConcurrent, isInnocent, isStep, type Select } from './record.ts';

/** One line of what the benchmark must show. */
export interface Criterion {
  readonly text: string;
  readonly pass: boolean;
  readonly seen: string;
}

const percent = (x: number) => `${(100 * x).toFixed(2)} %`;

/** Holds the sequential policy against the criteria. */
export function criteriaOf(select: Select, judge: Judge, cells: readonly Cell[]): Criterion[] {
  return [
    ...falseRollbacks(select, judge),
    ...misses(select, judge),
    ...failedRequests(select, judge),
    ...delays(select, judge, cells),
  ].map((criterion) => ({ ...criterion, text: `${judge.name}: ${criterion.text}` }));
}

function falseRollbacks(select: Select, judge: Judge): Criterion[] {
  const kinds: [string, (cell: Cell) => boolean][] = [
    ['even traffic', ({ fault, overdispersed }) => fault.name === 'none' && !overdispersed],
    ['overdispersed traffic', ({ fault, overdispersed }) => fault.name === 'none' && overdispersed],
    ['shared blip', ({ fault }) => fault.name === 'shared blip'],
    ['already red and not made worse', (cell) => isInnocent(cell) && cell.fault.name.startsWith('red')],
    ['low traffic', ({ fault }) => fault.name === 'low traffic'],
  ];
  return kinds.map(([name, fits]) => {
    const { value, low, high, n } = shareOf(
      select(judge.name, (cell) => hasConcurrent(cell) && fits(cell)),
      'wrong',
    );
    return {
      text: `false rollbacks with a concurrent baseline ≤ 0.5 %, upper limit ≤ 1 %: ${name}`,
      pass: value <= 0.005 && high <= 0.01,
      seen: `${percent(value)} (${percent(low)}–${percent(high)} of ${n})`,
    };
  });
}

function misses(select: Select, judge: Judge): Criterion[] {
  const modes: [string, number][] = [
    ['full', 0],
    ['canary10', 0.01],
  ];
  return modes.flatMap(([mode, most]) =>
    [false, true].map((overdispersed) => {
      const fits = (cell: Cell) => isStep(cell) && at(mode)(cell) && cell.requestsPerSecond >= 10 && cell.overdispersed === overdispersed;
      const { value, high, n } = missed(select(judge.name, fits));
      return {
        text: `misses of steps to 3/5/50 % at ≥ 10 requests/s ≤ ${percent(most)}: ${mode}${overdispersed ? ', overdispersed' : ''}`,
        pass: value <= most,
        seen: `${percent(value)} (up to ${percent(high)} of ${n})`,
      };
    }),
  );
}

function failedRequests(select: Select, judge: Judge): Criterion[] {
  return ['full', 'canary10'].map((mode) => {
    const fits = (cell: Cell) => isStep(cell) && at(mode)(cell) && cell.requestsPerSecond === 100 && !cell.overdispersed;
    const [seen, theirs] = [judge.name, yardstick.name].map((name) => meanOf(select(name, fits).map(({ failed }) => failed)));
    return {
      text: `failed requests before the rollback of steps to 3/5/50 % at 100 requests/s at most those of ${yardstick.name}: ${mode}`,
      pass: (seen?.value ?? Number.NaN) <= (theirs?.value ?? Number.NaN),
      seen: `${seen?.value.toFixed(1)} against ${theirs?.value.toFixed(1)}`,
    };
  });
}

function delays(select: Select, judge: Judge, cells: readonly Cell[]): Criterion[] {
  return ['full', 'canary10'].map((mode) => {
    const all = delaysOf(select, judge, mode, cells);
    const late = all.filter(({ median, allowed }) => median.value > allowed);
    const named = late.map(
      ({ from, to, requestsPerSecond, median, allowed }) =>
        `${percent(from)} → ${percent(to)} at ${requestsPerSecond}/s: ${median.value} s > ${allowed.toFixed(0)} s`,
    );
    return {
      text: `median detection delay within 5 × bound plus one poll, each step that 30 minutes allow: ${mode}`,
      pass: all.length > 0 && late.length === 0,
      seen: late.length === 0 ? `${all.length} of ${all.length} cells` : named.join('; '),
    };
  });
}
