/** Which way is bad: up, down, or any change. */
export type Direction = 'increase' | 'decrease' | 'either';

/** One metric of a release as two series, one sample per interval in the order of time; null = no value. */
export interface Series {
  readonly name: string;
  readonly direction: Direction;
  readonly control: readonly (number | null)[];
  readonly experiment: readonly (number | null)[];
  /** `replace`: a missing value is a zero (a counter that nobody incremented); otherwise it is missing. */
  readonly nanStrategy?: 'remove' | 'replace';
  /** What the operator tolerates: the experiment's mean as a multiple of the control's, down to and up to. */
  readonly allowed?: readonly [number, number];
  /** Tolerates instead by the chance that a sample of the experiment is higher than one of the control. */
  readonly allowedAs?: 'meanRatio' | 'cles';
}

export const seriesPolicy = {
  /** Moves under this share of the control's median are of no practical importance. */
  tolerance: 0.05,
  /** Chances below which a difference counts as shown; the first three are split over directions and metrics. */
  shift: 0.005,
  lateShift: 0.00003,
  exceedance: 0.01,
  separation: 0.02,
  /** How exact a margin is, as a share of the largest sample. */
  exactness: 1e-6,
  /** Fewer samples on either side say nothing. */
  minimumSamples: 3,
  /** So many intervals without a sample at the end, while the control has them, are a source that has fallen silent. */
  staleSamples: 4,
  /** The shortest latest stretch that is also looked at by itself. */
  lateSamples: 8,
} as const;
