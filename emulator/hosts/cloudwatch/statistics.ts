import { ApiError } from '../host.ts';
import type { Point } from './store.ts';

const STATISTICS: Record<string, (points: readonly Point[]) => number> = {
  Sum: (points) => points.reduce((sum, { value, times }) => sum + value * times, 0),
  SampleCount: (points) => points.reduce((count, { times }) => count + times, 0),
  Minimum: (points) => Math.min(...points.map(({ value }) => value)),
  Maximum: (points) => Math.max(...points.map(({ value }) => value)),
};

/**
 * Computes one statistic of at least one value. It is a plain one, a percentile (p99.9) or a trimmed count (TC(300:)).
 */
export function statistic(name: string, points: readonly Point[]): number {
  const [, percent] = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(name) ?? [];
  if (percent !== undefined) return percentile(Number(percent), points);
  const [, above, upTo] = /^TC\((\d*\.?\d*):(\d*\.?\d*)\)$/.exec(name) ?? [];
  if (above !== undefined) return statistic('SampleCount', within(points, above, upTo));
  if (name === 'Average') return statistic('Sum', points) / statistic('SampleCount', points);
  const compute = STATISTICS[name];
  if (!compute) throw new ApiError('InvalidParameterValue', `The statistic ${name} is not supported locally`);
  return compute(points);
}

/**
 * The bounds of a trimmed count are absolute values: the lower is exclusive, the upper inclusive, and each is
 * optional.
 */
const within = (points: readonly Point[], above: string, upTo = '') =>
  points.filter(({ value }) => (above === '' || value > Number(above)) && (upTo === '' || value <= Number(upTo)));

/** The smallest value that at least this share of the samples does not exceed. */
function percentile(percent: number, points: readonly Point[]): number {
  const sorted = [...points].sort((a, b) => a.value - b.value);
  const wanted = (percent / 100) * statistic('SampleCount', points);
  let seen = 0;
  for (const { value, times } of sorted) {
    seen += times;
    if (seen >= wanted) return value;
  }
  return sorted.at(-1)?.value ?? 0;
}
