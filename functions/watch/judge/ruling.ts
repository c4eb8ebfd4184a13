import type { Verdict } from '#deployment/verdict';

/** One metric in a ruling. `margin` is in the metric's unit; a negative one is over the limit. */
export interface MetricRuling {
  readonly name: string;
  readonly verdict: Verdict;
  readonly margin: number | null;
  readonly samples: number;
  /** The effect of a Failed metric: it rolls back, or it alerts and holds the next step. */
  readonly onFailed: 'roll-back' | 'hold';
  readonly reasons: readonly string[];
}

/** One way of reading the same data. */
export interface WholeReading {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
}

/** The judge's result for a release: the policy's verdict, every metric, and both readings side by side. */
export interface Ruling {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly metrics: readonly MetricRuling[];
  readonly literal: WholeReading;
  readonly sequential: WholeReading;
}
