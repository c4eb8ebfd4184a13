import { type Cell, cellName } from './cells.ts';
import { type Delay, delaysOf } from './delays.ts';
import { missed, shareOf } from './figures.ts';
import { meanOf } from './intervals.ts';
import type { Judge } from './judge.ts';
import { yardstick } from './judges.ts';
import { at, hasConcurrent, isInnocent, isStep, type Select } from './record.ts';

/** One result that the benchmark must show. */
export interface Criterion {
  readonly text: string;
  readonly pass: boolean;
  readonly seen: string;
  /** True if the line is printed with the criteria but cannot fail. */
  readonly isNote?: boolean;
}

/** Checks the sequential policy by the criteria that it was built for. */
export function criteriaOf(select: Select, judge: Judge, cells: readonly Cell[]): Criterion[] {
  const canary = delaysOf(select, judge, 'canary10', cells);
  const criteria = [
    ...falseRollbacks(select, judge),
    ...[
      misses(select, judge, cells, { mode: 'full', most: 0 }),
      misses(select, judge, cells, { mode: 'canary10', most: 0.01 }),
      misses(select, judge, cells, { mode: 'canary10', most: 0.01, overdispersed: true }),
    ],
    failedRequests(select, judge, 'full'),
    delays(delaysOf(select, judge, 'full', cells), 'full'),
    delays(
      canary.filter(({ requestsPerSecond }) => requestsPerSecond >= 10),
      'canary10 at ≥ 10 requests/s',
    ),
    ...notes(select, judge, canary, cells),
  ];
  return criteria.map((criterion) => ({ ...criterion, text: `${judge.name}: ${criterion.text}` }));
}

/** The goals that no judge can reach. They are printed as notes. */
function notes(select: Select, judge: Judge, canary: readonly Delay[], cells: readonly Cell[]): Criterion[] {
  const slowest = canary.filter(({ requestsPerSecond }) => requestsPerSecond < 10);
  const lines = [
    // Traffic fluctuates and no baseline serves at the same time: no judge can be certain.
    misses(select, judge, cells, { mode: 'full', most: 0, overdispersed: true }),
    // The fixed limits are faster, but they also fire on good releases.
    failedRequests(select, judge, 'canary10'),
    // The allowed delay can be shorter than the candidate's time to its first request.
    delays(slowest, 'canary10 at 1 request/s'),
  ];
  return lines.map((line) => ({ ...line, isNote: true }));
}

const innocents: readonly [string, (cell: Cell) => boolean][] = [
  ['even traffic', ({ fault, overdispersed }) => fault.name === 'none' && !overdispersed],
  ['overdispersed traffic', ({ fault, overdispersed }) => fault.name === 'none' && overdispersed],
  ['shared blip', ({ fault }) => fault.name === 'shared blip'],
  ['already red and not made worse', (cell) => isInnocent(cell) && cell.fault.name.startsWith('red')],
  ['low traffic', ({ fault }) => fault.name === 'low traffic'],
  ['errors in bursts', ({ fault }) => fault.errorsAtOnce !== undefined],
  ['noise of its own', ({ fault }) => fault.ownNoise !== undefined],
];

function falseRollbacks(select: Select, judge: Judge): Criterion[] {
  return innocents.map(([name, fits]) => {
    const { value, low, high, n } = shareOf(
      select(judge.name, (cell) => hasConcurrent(cell) && fits(cell)),
      'wrong',
    );
    return {
      text: `false rollbacks with a concurrent baseline ≤ 0.5 %, upper limit ≤ 1 %, ${name}`,
      pass: value <= 0.005 && high <= 0.01,
      seen: `${percent(value)} (${percent(low)}–${percent(high)} of ${n})`,
    };
  });
}

/** Names the cell with the most misses, because the mean over all cells hides it. */
function worstOf(select: Select, judge: Judge, cells: readonly Cell[]): string {
  const shares = cells.map((cell) => missed(select(judge.name, (each) => each === cell)).value);
  const most = Math.max(0, ...shares);
  const cell = cells[shares.indexOf(most)];
  return most > 0 && cell ? `; most of them ${percent(most)} in ${cellName(cell)}` : '';
}

function misses(
  select: Select,
  judge: Judge,
  cells: readonly Cell[],
  { mode, most, overdispersed = false }: { mode: string; most: number; overdispersed?: boolean },
): Criterion {
  const fits = (cell: Cell) => isStep(cell) && at(mode)(cell) && cell.requestsPerSecond >= 10 && cell.overdispersed === overdispersed;
  const outcomes = select(judge.name, fits);
  const { value, high, n } = missed(outcomes);
  return {
    text: `misses of steps to 3/5/50 % at ≥ 10 requests/s ≤ ${percent(most)}, ${mode}${overdispersed ? ', overdispersed' : ''}`,
    pass: value <= most,
    seen: `${percent(value)} (up to ${percent(high)} of ${n}); found good at the end: ${percent(shareOf(outcomes, 'passed').value)}${worstOf(select, judge, cells.filter(fits))}`,
  };
}

function failedRequests(select: Select, judge: Judge, mode: string): Criterion {
  const fits = (cell: Cell) => isStep(cell) && at(mode)(cell) && cell.requestsPerSecond === 100 && !cell.overdispersed;
  const mean = ({ name }: Judge) => meanOf(select(name, fits).map(({ failed }) => failed));
  const [seen, theirs] = [mean(judge), mean(yardstick)];
  return {
    text: `failed requests before the rollback of steps to 3/5/50 % at 100 requests/s at most those of ${yardstick.name}, ${mode}`,
    pass: seen.value <= theirs.value,
    seen: `${seen.value.toFixed(1)} (${seen.low.toFixed(0)}–${seen.high.toFixed(0)}) against ${theirs.value.toFixed(1)}`,
  };
}

function delays(all: readonly Delay[], where: string): Criterion {
  const late = all
    .filter(({ median, allowed }) => median.value > allowed)
    .map(
      ({ from, to, requestsPerSecond, median, allowed }) =>
        `${percent(from)} → ${percent(to)} at ${requestsPerSecond}/s ${median.value} s > ${allowed.toFixed(0)} s`,
    );
  return {
    text: `median detection delay within 5 × bound plus one poll, for each step that 30 minutes allow, ${where}`,
    pass: all.length > 0 && late.length === 0,
    seen: `${all.length - late.length} of ${all.length}${late.length > 0 ? `, not ${late.join('; ')}` : ''}`,
  };
}

const percent = (x: number) => `${+(100 * x).toFixed(2)} %`;
