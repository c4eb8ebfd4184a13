import { styleText } from 'node:util';
import { plot } from 'asciichart';
import type { AuditRow } from '#deployment/audit-event';
import type { Deployment } from '#deployment/deployment';
import type { EnvironmentName } from '#policy/policy';
import { beforeOf, type HealthPoint, healthSeries } from '#watch/health-series';

const HEIGHT = 8;
const WIDTH = 60;
/** A label of seven letters and the axis. */
const AXIS = 8;
const WIDEST_POLL = 20;

interface Line {
  readonly name: string;
  readonly values: readonly number[];
  readonly symbols: readonly string[];
  readonly colour: 'red' | 'blue' | 'gray';
}

const solid = ['┼', '┤', '╶', '╴', '─', '╰', '╭', '╮', '╯', '│'];
const dotted = ['┼', '┤', '╶', '╴', '┈', '┈', '┈', '┈', '┈', '┊'];
const dashed = ['┼', '┤', '╶', '╴', '╌', '╰', '╭', '╮', '╯', '╎'];

/**
 * Draws the error rate over the watch that decided: candidate, baseline, limit and the moment of the verdict.
 * If no poll measured an error rate, it returns no lines.
 */
export function healthChart(deployment: Deployment, rows: readonly AuditRow[]): string[] {
  const watch = decidingWatch(deployment, rows);
  const last = watch?.points.at(-1);
  if (!watch || !last) return [];
  const { environment, points } = watch;
  const columns = Math.max(1, Math.min(WIDEST_POLL, Math.floor(WIDTH / points.length)));
  const drawn = squeezed(points).flatMap((point) => Array.from({ length: columns }, () => point));
  return [
    '',
    `${environment}: error rate in %, poll by poll`,
    ...draw(linesOf(drawn)),
    ...moment(last, points[0] as HealthPoint, drawn.length),
  ];
}

interface Watch {
  readonly environment: EnvironmentName;
  readonly points: readonly HealthPoint[];
}

function decidingWatch(deployment: Deployment, rows: readonly AuditRow[]): Watch | undefined {
  const watches = (['production', 'staging'] as const)
    .map((environment) => ({ environment, points: healthSeries(rows, environment, beforeOf(deployment[environment])) }))
    .filter(({ points }) => points.some(({ errorPercent }) => errorPercent !== null));
  return watches.find(({ points }) => points.some(({ next }) => next === 'RollBack')) ?? watches[0];
}

/** Keeps the worst poll of each stretch, so that a long watch fits the terminal and a short spike stays visible. */
function squeezed(points: readonly HealthPoint[]): HealthPoint[] {
  const stretch = Math.ceil(points.length / WIDTH);
  const worst = (group: readonly HealthPoint[]) =>
    group.reduce((bad, point) => ((point.errorPercent ?? -1) >= (bad.errorPercent ?? -1) ? point : bad));
  return Array.from({ length: Math.ceil(points.length / stretch) }, (_, index) =>
    worst(points.slice(index * stretch, (index + 1) * stretch)),
  );
}

/** The chart cannot leave gaps: a poll without data repeats the one before it. */
function filled(values: readonly (number | null)[]): number[] {
  let last = values.find((value) => value !== null) ?? 0;
  return values.map((value) => {
    last = value ?? last;
    return last;
  });
}

function linesOf(points: readonly HealthPoint[]): Line[] {
  const line = (name: string, value: (point: HealthPoint) => number | null, symbols: readonly string[], colour: Line['colour']) => {
    const values = points.map(value);
    return values.some((one) => one !== null) ? [{ name, values: filled(values), symbols, colour }] : [];
  };
  return [
    ...line('the version before', ({ baselineErrorPercent }) => baselineErrorPercent, dashed, 'gray'),
    ...line('limit', ({ errorLimit }) => errorLimit, dotted, 'red'),
    ...line('this fix', ({ errorPercent }) => errorPercent, solid, 'blue'),
  ];
}

function draw(lines: readonly Line[]): string[] {
  const max = Math.max(...lines.flatMap(({ values }) => values)) * 1.05 || 1;
  const format = (value: number) =>
    value
      .toFixed(1)
      .padStart(AXIS - 2)
      .concat(' ');
  const grids = lines.map(({ values, symbols }) => {
    const text = plot([...values, values.at(-1) as number], { min: 0, max, height: HEIGHT, offset: 2, symbols, format });
    return text.split('\n').map((row) => [...row]);
  });
  const named = (row: number) =>
    lines.filter(({ values }) => HEIGHT - Math.round(((values.at(-1) as number) * HEIGHT) / max) === row).map(paintedName);
  return Array.from({ length: HEIGHT + 1 }, (_, row) => `${merged(grids, lines, row)} ${named(row).join(', ')}`.trimEnd());
}

const paintedName = ({ name, colour, values }: Line) => styleText(colour, `${name} ${Number((values.at(-1) as number).toFixed(1))} %`);

/** Draws all plots over one axis. Where two plots meet, the later one is visible. */
function merged(grids: readonly string[][][], lines: readonly Line[], row: number): string {
  const axis = (grids[0]?.[row] ?? [])
    .join('')
    .slice(0, AXIS - 1)
    .concat('┤');
  const width = Math.max(...grids.map((grid) => grid[row]?.length ?? 0));
  const cells = Array.from({ length: width - AXIS }, (_, index) => {
    const top = grids.findLastIndex((grid) => (grid[row]?.[index + AXIS] ?? ' ') !== ' ');
    const colour = lines[top]?.colour;
    return colour ? styleText(colour, grids[top]?.[row]?.[index + AXIS] as string) : ' ';
  });
  return axis + cells.join('');
}

function moment(last: HealthPoint, first: HealthPoint, width: number): string[] {
  const verdict = `${last.at.slice(11, 19)} ${last.verdict}${last.next === 'RollBack' ? ` → rolled back: ${last.reason}` : ''}`;
  const left = first.at.slice(11, 19);
  return [`${' '.repeat(AXIS)}${left.padEnd(Math.max(0, width - 1))}▲`, `${' '.repeat(AXIS)}${verdict}`];
}
