/** A level at a time: seconds and percent. */
export interface Point {
  readonly t: number;
  readonly value: number;
}

/**
 * One-sided lower limit of the Theil–Sen slope (Sen 1968, JASA 63, section 6); minus infinity for too few points.
 * It is the order statistic of the pairwise slopes at `z` standard deviations of Kendall's variance.
 */
export function lowerSlope(points: readonly Point[], z: number): number {
  const count = points.length;
  const slopes = pairwiseSlopes(points).sort((a, b) => a - b);
  const deviation = Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18);
  const rank = Math.floor((slopes.length - z * deviation) / 2) - 1;
  return slopes[rank] ?? Number.NEGATIVE_INFINITY;
}

function pairwiseSlopes(points: readonly Point[]): number[] {
  return points.flatMap((from, index) =>
    points.slice(index + 1).flatMap((to) => (to.t > from.t ? (to.value - from.value) / (to.t - from.t) : [])),
  );
}

/** Means over stretches of `seconds`, so that adjacent points are nearly independent. */
export function meansOf(points: readonly Point[], seconds: number): Point[] {
  const stretches = Map.groupBy(points, ({ t }) => Math.ceil(t / seconds));
  return [...stretches].map(([stretch, within]) => ({
    t: stretch * seconds,
    value: within.reduce((sum, { value }) => sum + value, 0) / within.length,
  }));
}
