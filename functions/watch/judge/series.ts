import { max, min } from 'simple-statistics';
import type { Verdict } from '#deployment/verdict';
import { shiftInterval } from './mann-whitney.ts';
import { toleratedMove } from './moves.ts';
import { toleratedByOperator } from './operator-tolerance.ts';
import type { MetricRuling, WholeReading } from './ruling.ts';
import { type Finding, vanishedFrom, worseOf } from './series-findings.ts';
import { type Direction, type Series, seriesPolicy } from './series-policy.ts';

/**
 * Judges one metric by its samples in the order of time, without request counts.
 * `comparisons` is the number of metrics that decide together.
 */
export function judgeSeries(series: Series, { comparisons = 1 } = {}): MetricRuling {
  const [control, experiment] = [samplesOf(series.control, series), samplesOf(series.experiment, series)];
  const base = { name: series.name, samples: experiment.length, onFailed: 'roll-back' } as const;
  const missing = tooLittle(series, control, experiment);
  if (missing && Math.min(control.length, experiment.length) < seriesPolicy.minimumSamples)
    return { ...base, verdict: 'Inconclusive', margin: null, reasons: [missing] };
  const findings = findingsIn(series.direction, control, experiment, comparisons);
  const { verdict, reasons } = conclude(findings, toleratedByOperator(series, control, experiment), missing);
  return { ...base, verdict, margin: marginFor(verdict, marginOf(series.direction, control, experiment), findings), reasons };
}

function conclude(findings: readonly Finding[], tolerated: string | undefined, missing: string | undefined): WholeReading {
  const shown = findings.filter(({ verdict }) => verdict === 'Failed').map(({ reason }) => reason);
  if (shown.length > 0 && tolerated === undefined) return { verdict: 'Failed', reasons: shown };
  if (missing) return { verdict: 'Inconclusive', reasons: [missing] };
  if (tolerated !== undefined && findings.length > 0) return { verdict: 'Successful', reasons: [tolerated] };
  const suspected = findings.map(({ reason }) => reason);
  if (suspected.length > 0) return { verdict: 'Inconclusive', reasons: suspected };
  return { verdict: 'Successful', reasons: ['no worse than the control'] };
}

function samplesOf(values: Series['control'], { nanStrategy }: Series): number[] {
  if (nanStrategy === 'replace') return values.map((value) => (isSample(value) ? value : 0));
  return values.filter(isSample);
}

const isSample = (value: number | null): value is number => value !== null && Number.isFinite(value);

/**
 * Says which data is missing: too few samples on a side, or an experiment that has stopped.
 * An experiment with less than half of the control's coverage lacks data too.
 */
function tooLittle(
  { control: planned, experiment: expected, nanStrategy }: Series,
  control: readonly number[],
  experiment: readonly number[],
): string | undefined {
  if (experiment.length === 0) return 'no data of the new version';
  if (control.length === 0) return 'no data of the old version to compare with';
  const fewest = Math.min(control.length, experiment.length);
  if (fewest < seriesPolicy.minimumSamples) return `${fewest} samples are fewer than the ${seriesPolicy.minimumSamples} it takes to judge`;
  const silent = nanStrategy === 'replace' ? 0 : silence(expected) - silence(planned);
  if (silent >= seriesPolicy.staleSamples) return `no data in the last ${silent} intervals`;
  const coverage = experiment.length / expected.length / (control.length / planned.length);
  return coverage < 0.5 ? `${expected.length - experiment.length} of ${expected.length} samples of the new version are missing` : undefined;
}

const silence = (values: Series['control']) => values.length - 1 - values.findLastIndex(isSample);

function findingsIn(direction: Direction, control: readonly number[], experiment: readonly number[], metrics: number): Finding[] {
  const signs = directionsOf(direction);
  const looks = signs.length * metrics;
  const findings = signs.flatMap((sign) => worseOf(signed(control, sign), signed(experiment, sign), sign, looks));
  if (direction !== 'either' || findings.some(({ verdict }) => verdict === 'Failed')) return findings;
  return [...findings, ...signs.flatMap((sign) => vanishedFrom(signed(control, sign), signed(experiment, sign), sign, looks))];
}

const directionsOf = (direction: Direction): (1 | -1)[] => (direction === 'either' ? [1, -1] : direction === 'increase' ? [1] : [-1]);
const signed = (values: readonly number[], sign: 1 | -1) => values.map((value) => value * sign);

const largestSize = (samples: readonly number[]) => Math.max(max([...samples]), -min([...samples]));

/** The margin of the verdict: the worst one of a failure, and at least zero for a good result. */
function marginFor(verdict: Verdict, margin: number, findings: readonly Finding[]): number {
  if (verdict === 'Failed') return Math.min(margin, ...findings.map((finding) => finding.margin));
  return verdict === 'Successful' ? Math.max(0, margin) : margin;
}

/** How far the shift's limit stays under the tolerated move, in the metric's unit. A negative margin is over it. */
function marginOf(direction: Direction, control: readonly number[], experiment: readonly number[]): number {
  const { lower, upper } = shiftInterval(experiment, control, 0.98, seriesPolicy.exactness * largestSize([...control, ...experiment]));
  const margins = { 1: toleratedMove(control, 1) - lower, [-1]: toleratedMove(control, -1) + upper };
  return Math.min(...directionsOf(direction).map((sign) => margins[sign]));
}
