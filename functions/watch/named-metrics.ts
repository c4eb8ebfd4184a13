import type { Reading } from '#deployment/release';
import { combineVerdicts, type Verdict } from '#deployment/verdict';
import { roundTo } from '#platform/round';
import { judgeSeries } from '#watch/judge/series';
import { middle } from './middle.ts';

export interface MeasuredPoint {
  /** Start of the step that this point covers. */
  readonly atMs: number;
  readonly value: number | null;
}

export interface MeasuredWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepSeconds: number;
}

/** One named metric of a release: its values before and since the deployment, or why they could not be read. */
export interface NamedMetric {
  readonly name: string;
  readonly direction: 'increase' | 'decrease';
  readonly limit?: number | undefined;
  readonly onFailed: 'roll-back' | 'hold';
  readonly before: { readonly window: MeasuredWindow; readonly points: readonly MeasuredPoint[] };
  readonly since: { readonly window: MeasuredWindow; readonly points: readonly MeasuredPoint[] };
  /** Why the source could not be read. It shows nothing about the release. */
  readonly problem?: string | undefined;
}

/** A source is stale after this many steps without data. */
const STALE_STEPS = 4;

/** A verification of 30 minutes polls 60 times. The chance of a false alarm is split over all polls (Bonferroni). */
const LOOKS = 60;

/**
 * Reads one named metric by its limit as written, and by its change since before the deployment.
 * A stale or broken source is Inconclusive.
 */
export function readNamed(metric: NamedMetric): Reading {
  const { name, limit, onFailed, problem } = metric;
  const value = problem === undefined ? latest(metric) : undefined;
  const reading = { metric: `query:${name}`, value: value ?? null, limit: limit ?? null, margin: null, requests: null, onFailed } as const;
  if (value === undefined) return { ...reading, verdict: 'Inconclusive', detail: problem ?? staleness(metric) };
  const literal = limit === undefined ? undefined : againstLimit(metric, value, limit);
  const ruling = judgeSeries({ ...metric, control: aligned(metric.before), experiment: aligned(metric.since) }, { comparisons: LOOKS });
  // If the samples are too few to compare, the limit alone decides.
  // If the metric broke its limit before the deployment, only a change for the worse counts.
  const hasWord = literal && !literal.wasBefore;
  const compared = hasWord && ruling.margin === null ? undefined : { verdict: ruling.verdict, detail: ruling.reasons.join('; ') };
  const rulings = [literal, compared].filter((each) => each !== undefined);
  const verdict = combineVerdicts(rulings.map((each) => each.verdict));
  const detail = rulings
    .filter((each) => each.verdict === verdict)
    .map((each) => each.detail)
    .join('; ');
  return { ...reading, verdict, margin: literal?.margin ?? ruling.margin, detail };
}

function againstLimit({ direction, before }: NamedMetric, value: number, limit: number) {
  const marginOf = (measured: number) => (direction === 'increase' ? limit - measured : measured - limit);
  const margin = marginOf(value);
  const level = middle(before.points.flatMap((point) => point.value ?? []));
  const wasBefore = margin < 0 && level !== undefined && marginOf(level) < 0;
  const verdict: Verdict = margin < 0 && !wasBefore ? 'Failed' : 'Successful';
  const detail = `${roundTo(3, value)} against ${direction === 'increase' ? 'at most' : 'at least'} ${limit}`;
  return { verdict, margin, wasBefore, detail: wasBefore ? `${detail}, but it was ${roundTo(3, level)} before the deployment` : detail };
}

function latest({ since: { points, window } }: NamedMetric): number | undefined {
  const known = points.filter(({ value, atMs }) => value !== null && atMs >= window.toMs - (STALE_STEPS + 1) * window.stepSeconds * 1000);
  return known.at(-1)?.value ?? undefined;
}

const staleness = ({ since: { points, window } }: NamedMetric) =>
  points.some(({ value }) => value !== null)
    ? `no data for ${STALE_STEPS * window.stepSeconds} s`
    : `no data since ${new Date(window.fromMs).toISOString()}`;

/**
 * Returns one value for each step of the window, null if there is none.
 * A source that counts in whole periods may report one that began up to a step before the window.
 */
function aligned({ window: { fromMs, toMs, stepSeconds }, points }: NamedMetric['since']): (number | null)[] {
  const stepMs = stepSeconds * 1000;
  const byStep = new Map(points.map(({ atMs, value }) => [Math.ceil((atMs - fromMs) / stepMs - 0.01), value]));
  return Array.from({ length: Math.max(0, Math.round((toMs - fromMs) / stepMs)) }, (_, index) => byStep.get(index) ?? null);
}
