/** Which way is bad: up, down, or any change. */
export type Direction = 'increase' | 'decrease' | 'either';

/** One metric of a release as two series in the order of time, one sample per interval. null means no value. */
export interface Series {
  readonly name: string;
  readonly direction: Direction;
  readonly control: readonly (number | null)[];
  readonly experiment: readonly (number | null)[];
  /** `replace`: a missing value counts as zero, as of a counter without increments. Otherwise it is missing. */
  readonly nanStrategy?: 'remove' | 'replace';
  /** The operator's tolerance: the lowest and the highest ratio of the experiment's mean to the control's. */
  readonly allowed?: readonly [number, number];
  /** `cles`: `allowed` is the chance that a sample of the experiment is higher than one of the control. */
  readonly allowedAs?: 'meanRatio' | 'cles';
}

export const seriesPolicy = {
  /** Moves under this share of the control's median have no practical importance. */
  tolerance: 0.05,
  /** Chances below which a difference counts as shown. The first three are split over directions and metrics. */
  shift: 0.005,
  lateShift: 0.00003,
  exceedance: 0.01,
  separation: 0.02,
  /** Precision of a margin, as a share of the largest sample. */
  exactness: 1e-6,
  /** Fewer samples on either side show nothing. */
  minimumSamples: 3,
  /** A source has stopped if its samples end at least this many intervals before the control's. */
  staleSamples: 4,
  /** Length of the shortest latest stretch that is also tested separately. */
  lateSamples: 8,
} as const;
