import type { Verdict } from '#deployment/verdict';
import { roundTo } from '#platform/round';
import { type Before, badOf, before, type Stream } from './before.ts';
import type { JudgePolicy } from './judge-policy.ts';
import { type Breach, Regression } from './regression.ts';
import type { MetricRuling } from './ruling.ts';
import type { History, Interval } from './trace.ts';

/** The split of alpha: half for errors, two fifths for slow requests. A tenth is left for the resources' trends. */
const shares = { errors: 0.5, slow: 0.4 } as const;
const names = { errors: 'error-rate', slow: 'slow-requests' } as const;

/** Follows one rate of the candidate, errors or slow requests, through the watch. */
export class RateMetric {
  readonly stream: Stream;
  readonly before: Before | undefined;
  readonly #limit: number | undefined;
  readonly #regression: Regression;
  #n = 0;
  #bad = 0;

  constructor(stream: Stream, history: History | null | undefined, { alpha, tolerance, limits }: JudgePolicy) {
    this.stream = stream;
    this.before = before(history, stream);
    this.#limit = stream === 'errors' ? limits.errorRatePercent / 100 : undefined;
    this.#regression = new Regression({ alpha: alpha * shares[stream], tolerance, limit: this.#limit }, this.before);
  }

  add({ candidate, baseline }: Interval, mass: number, breach: Breach): void {
    const share = candidate ? badOf(candidate, this.stream) : undefined;
    if (share === undefined || share.n === 0) return;
    this.#n += share.n;
    this.#bad += share.bad;
    this.#regression.add(share, baseline ? badOf(baseline, this.stream) : undefined, mass, breach);
  }

  get isFailed(): boolean {
    return this.#regression.shown !== undefined;
  }

  /** True if a source measures this rate. Errors always count as measured. */
  get isMeasured(): boolean {
    return this.#n > 0 || this.stream === 'errors';
  }

  /** Rules on everything seen so far. `stale` says why even good data no longer counts. */
  ruling(stale: string | undefined): MetricRuling {
    const { shown, isGood } = this.#regression;
    const verdict: Verdict = shown ? 'Failed' : stale === undefined && isGood ? 'Successful' : 'Inconclusive';
    const line = this.#limit ?? 2 * (this.before?.upper ?? 0);
    const margin = this.#n === 0 ? null : roundTo(3, 100 * (line - this.#bad / this.#n));
    const seen = `${this.#bad} of ${this.#n} requests (${this.#n === 0 ? 0 : roundTo(3, (100 * this.#bad) / this.#n)} %)`;
    const why = shown ?? (verdict === 'Successful' ? 'shown to be good' : (stale ?? 'not enough evidence yet either way'));
    return { name: names[this.stream], verdict, margin, samples: this.#n, onFailed: 'roll-back', reasons: [`${why}: ${seen}`] };
  }
}
