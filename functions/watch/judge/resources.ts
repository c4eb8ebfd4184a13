import { median } from 'simple-statistics';
import { roundTo } from '#platform/round';
import type { MetricRuling } from './ruling.ts';
import { lowerSlope, meansOf, type Point } from './trend.ts';

export interface ResourceRule {
  readonly name: 'cpu' | 'memory';
  readonly limit: number;
  readonly onFailed: 'roll-back' | 'hold';
  /** Level before the deployment, if it is known. */
  readonly before: number | undefined;
  /** Seconds to look ahead for a trend that reaches the limit; undefined means no forecast. */
  readonly forecastSeconds: number | undefined;
}

/** Standard deviations of the slope's limit: one-sided 5e-5, the remaining tenth of alpha over forty polls. */
const deviations = 3.9;
const meansSeconds = 30;
/** The limit in percent of a resource that was over its own limit before the deployment. */
const full = 100;
/** A level is the median of this many samples, so that one peak raises no alert. */
const levelSamples = 5;

/**
 * Reads CPU or memory: Failed if it is over its limit now or heads there (a leak).
 * If it was over the limit before the deployment, the release did not cause that.
 */
export function readResource(rule: ResourceRule, points: readonly Point[]): MetricRuling {
  const base = { name: rule.name, samples: points.length, onFailed: rule.onFailed };
  if (points.length === 0) return { ...base, verdict: 'Inconclusive', margin: null, reasons: ['no data arrived'] };
  const level = median(points.slice(-levelSamples).map(({ value }) => value));
  const margin = rule.limit - level;
  const over = level > rule.limit ? `${roundTo(2, level)} % is over the limit of ${rule.limit} %` : undefined;
  const wasOver = (rule.before ?? 0) > rule.limit;
  if (over && !wasOver) return { ...base, verdict: 'Failed', margin, reasons: [over] };
  const trend = forecast({ ...rule, limit: wasOver ? full : rule.limit }, points, level);
  if (trend) return { ...base, verdict: 'Failed', margin, reasons: [trend] };
  return { ...base, verdict: 'Successful', margin, reasons: over ? [`${over}, as it was before the deployment`] : [] };
}

function forecast({ limit, forecastSeconds }: ResourceRule, points: readonly Point[], level: number): string | undefined {
  if (forecastSeconds === undefined || !mayReach(limit, forecastSeconds, points)) return undefined;
  const slope = lowerSlope(meansOf(points, meansSeconds), deviations);
  if (slope <= 0 || level > limit || level + slope * forecastSeconds < limit) return undefined;
  return `grows by at least ${roundTo(2, slope * 60)} % a minute and reaches ${limit} % in ${Math.ceil((limit - level) / slope / 60)} min at the latest`;
}

/**
 * Saves flat series the cost of pairwise slopes.
 * True if the rise from the first to the last points, carried on at twice its speed, reaches the limit.
 */
function mayReach(limit: number, seconds: number, points: readonly Point[]): boolean {
  const [first, last] = [points.slice(0, levelSamples), points.slice(-levelSamples)].map((some) => median(some.map(({ value }) => value)));
  const elapsed = (points.at(-1)?.t ?? 0) - (points[0]?.t ?? 0);
  return elapsed > 0 && (last as number) + (((last as number) - (first as number)) / elapsed) * seconds * 2 >= limit;
}
