import type { Criterion } from './criteria.ts';
import type { Delay } from './delays.ts';
import type { Figures, Met } from './figures.ts';
import type { Estimate } from './intervals.ts';

/** Formats rows as columns. The first column is aligned left, the others right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  return [line(head), ...rows.map(line)].join('\n');
}

const digits = (x: number) => (Number.isFinite(x) ? (100 * x).toFixed(x === 0 || x === 1 ? 0 : 1) : '–');
const share = ({ value, low, high, n }: Estimate) => (n === 0 ? '–' : `${digits(value)} (${digits(low)}–${digits(high)})`);
const number = (x: number) => (Number.isFinite(x) ? x.toFixed(0) : 'never');
const span = ({ value, low, high, n }: Estimate) =>
  n === 0 || Number.isNaN(value) ? '–' : `${number(value)} (${number(Math.max(0, low))}–${number(high)})`;

/** Formats the figures of each judge for innocent releases in each mode. */
export function innocentTable(figures: readonly Figures[]): string {
  const head = [
    'innocent releases rolled back, %',
    'even traffic',
    'overdispersed',
    'shared blip',
    'already red',
    'low traffic',
    'bursts',
    'own noise',
    'undecided at the end',
  ];
  const rows = figures.map((row) => [
    `${row.judge}, ${row.mode}`,
    ...[row.falseEven, row.falseOverdispersed, row.falseBlip, row.falseRed, row.falseLowTraffic].map(share),
    ...[row.falseBursts, row.falseOwnNoise, row.heldEven].map(share),
  ]);
  return table(head, rows);
}

/** Formats the figures of each judge for bad releases in each mode. */
export function badTable(figures: readonly Figures[]): string {
  const head = ['bad releases', 'missed %', 'found good %', 'median s', 'p95 s', 'wrong cause %', 'failed at 100/s'];
  const rows = figures.map((row) => [
    `${row.judge}, ${row.mode}`,
    ...[
      share(row.missedSteps),
      share(row.passedSteps),
      span(row.medianDelay),
      span(row.p95Delay),
      share(row.wrongCause),
      span(row.failedAt100),
    ],
  ]);
  return table(head, rows);
}

/** Formats the figures of each judge for each kind of bad release. */
export function metTable(met: readonly Met[]): string {
  const rows = met.map((row) => [
    `${row.fault}, ${row.mode}, ${row.judge}`,
    share(row.missed),
    ...[row.medianDelay, row.p95Delay, row.failedAt100].map(span),
  ]);
  return table(['bad release, mode, judge', 'missed %', 'median s', 'p95 s', 'failed at 100/s'], rows);
}

/** Formats the delays and the shortest possible ones. */
export function delayTable(delays: readonly Delay[]): string {
  const rows = delays.map((row) => [
    `${100 * row.from} → ${100 * row.to} %, ${row.mode}, ${row.judge}`,
    `${row.requestsPerSecond}`,
    row.bound.toFixed(1),
    row.allowed.toFixed(0),
    span(row.median),
    row.median.value <= row.allowed ? '' : 'late',
  ]);
  return table(['step, mode, judge', 'requests/s', 'bound s', '5 × + poll', 'median s', ''], rows);
}

/** Formats the result of each criterion. */
export function criteriaList(criteria: readonly Criterion[]): string {
  const word = ({ pass, isNote }: Criterion) => (isNote ? (pass ? 'NOTE' : 'NOTE, not reached') : pass ? 'PASS' : 'FAIL');
  return criteria.map((criterion) => `${word(criterion)}  ${criterion.text}: ${criterion.seen}`).join('\n');
}
