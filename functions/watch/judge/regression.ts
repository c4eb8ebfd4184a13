import type { Before } from './before.ts';
import { better, oddsTimes, RateTest, type Share, worse } from './bernoulli.ts';
import { TwoArmTest } from './two-arm.ts';

export interface RegressionPolicy {
  /** This rate's part of the policy's alpha. */
  readonly alpha: number;
  readonly tolerance: number;
  /** The limit as a share (R-WATCH-3); undefined if this rate has none. */
  readonly limit: number | undefined;
}

/** An interval over the limit as written, and whether the release caused it. */
export interface Breach {
  readonly isOver: boolean;
  readonly isOurs: boolean;
}

/** One bad request in two thousand. A rate below this is never a regression. */
const floor = 0.0005;
/** The assumed rate if no rate is known. */
const usual = 0.005;
/** Before a release counts as good, it must be shown to have less than twice the odds of before. */
const harm = 2;
/** A line this high is not tested: a service that fails nearly always cannot become clearly worse. */
const ceiling = 0.98;
/**
 * The evidence that the candidate is worse than the old version beside it, before the history can fail it.
 * If the fluctuation is unknown, the full level is needed.
 */
const clearance = 30;

/**
 * How long the judge waits for an old version without requests, as a part of the planned watch.
 * It is 1 of the 30 minutes of R-VERIFY-1.
 */
const patience = 1 / 30;

/**
 * Collects evidence about one rate of the candidate, against the old version beside it and against the history.
 * The tolerance applies only within the limit; over the limit any shown regression counts.
 */
export class Regression {
  readonly #policy: RegressionPolicy;
  readonly #before: Before | undefined;
  readonly #beside: { tolerant: TwoArmTest; strict: TwoArmTest; history: RateTest | undefined; good: TwoArmTest };
  readonly #alone: { tolerant: RateTest | undefined; strict: RateTest | undefined; limit: RateTest | undefined };
  readonly #good: RateTest | undefined;
  readonly #isAnyRateAcceptable: boolean;
  #shown: string | undefined;
  #begun = false;
  /** The candidate's requests since the old version's last request, with their part of the watch. */
  #waiting = { n: 0, bad: 0, mass: 0 };
  #hasOld = false;
  #breach: Breach = { isOver: false, isOurs: false };

  constructor(policy: RegressionPolicy, before: Before | undefined) {
    const { tolerance } = policy;
    const dispersion = before?.dispersion ?? 1;
    const level = Math.max(floor, before?.rate ?? usual);
    const line = (times: number) => before && above(Math.max(floor, oddsTimes(before.upper, times)), dispersion);
    const acceptable = acceptableRate(policy, before);
    this.#policy = policy;
    this.#before = before;
    this.#beside = {
      tolerant: new TwoArmTest(tolerance, level, worse, before?.bursts),
      strict: new TwoArmTest(1, level, worse, before?.bursts),
      history: line(tolerance),
      good: new TwoArmTest(harm, level, better, before?.bursts),
    };
    this.#alone = { tolerant: line(tolerance), strict: line(1), limit: limitTest(policy, before) };
    this.#good = acceptable > 0 && acceptable < ceiling ? new RateTest(acceptable, dispersion, better) : undefined;
    this.#isAnyRateAcceptable = acceptable >= ceiling;
  }

  /** Takes one interval; `mass` is its part of the planned watch. */
  add(candidate: Share, baseline: Share | undefined, mass: number, { isOver, isOurs }: Breach): void {
    const first = this.#begun ? 0 : 1;
    this.#begun = true;
    this.#breach = { isOver: this.#breach.isOver || isOver, isOurs: this.#breach.isOurs || isOurs };
    this.#good?.add(candidate, first);
    this.#addWhenComparable(candidate, baseline, mass);
    this.#shown ??= this.#besideShows() ?? this.#aloneShows();
  }

  /** Says which regression was shown, at any interval so far. */
  get shown(): string | undefined {
    return this.#shown;
  }

  /** True if the whole watch shows an acceptable rate and no evidence speaks against its latest part. */
  get isGood(): boolean {
    const strongest = Math.max(this.#good?.evidence.current ?? 0, this.#beside.good.evidence.current);
    const accepted = this.#isAnyRateAcceptable || strongest >= 1 / 0.05;
    const against = [
      this.#beside.tolerant,
      this.#alone.tolerant,
      ...(this.#breach.isOver ? [this.#beside.strict, this.#alone.strict] : []),
    ];
    return accepted && against.every((test) => (test?.evidence.current ?? 0) < 10);
  }

  /**
   * Waits for an old version that pauses between its requests, so that it is always compared.
   * It does not wait for one that has stopped.
   */
  #addWhenComparable(candidate: Share, baseline: Share | undefined, mass: number): void {
    const { n, bad, mass: waited } = this.#waiting;
    const since = { n: n + candidate.n, bad: bad + candidate.bad, mass: waited + mass };
    const waits = baseline?.n === 0 && this.#hasOld && since.mass <= patience;
    this.#waiting = waits ? since : { n: 0, bad: 0, mass: 0 };
    if (baseline && baseline.n > 0) this.#addBeside(since, baseline, since.mass, this.#hasOld ? 0 : 1);
    else if (!waits) this.#addAlone(since, since.mass);
    this.#hasOld ||= (baseline?.n ?? 0) > 0;
  }

  #addBeside(candidate: Share, baseline: Share, mass: number, first: number): void {
    const { tolerant, strict, history, good } = this.#beside;
    tolerant.add(candidate, baseline, mass);
    strict.add(candidate, baseline, mass);
    history?.add(candidate, mass);
    good.add(candidate, baseline, first);
  }

  #addAlone(candidate: Share, mass: number): void {
    this.#alone.tolerant?.add(candidate, mass);
    this.#alone.strict?.add(candidate, mass);
    this.#alone.limit?.add(candidate, mass);
  }

  #besideShows(): string | undefined {
    const { tolerant, strict, history } = this.#beside;
    const { alpha, tolerance } = this.#policy;
    const level = 4 / alpha;
    const clear = this.#before?.isDispersionKnown ? clearance : level;
    if (tolerant.evidence.current >= level) return `worse than ${tolerance} times the old version beside it`;
    if (this.#breach.isOver && strict.evidence.current >= level / 2) return 'over the limit, and worse than the old version beside it';
    if ((history?.evidence.current ?? 0) >= level && strict.evidence.current >= clear)
      return `worse than ${tolerance} times the level before the deployment, and the old version beside it is not`;
    return undefined;
  }

  #aloneShows(): string | undefined {
    const { tolerant, strict, limit } = this.#alone;
    const level = 3 / this.#policy.alpha;
    if ((limit?.evidence.current ?? 0) >= level) return 'over the limit';
    if ((tolerant?.evidence.current ?? 0) >= level) return `worse than ${this.#policy.tolerance} times the level before the deployment`;
    if (this.#breach.isOurs && (strict?.evidence.current ?? 0) >= level) return 'over the limit, and worse than before the deployment';
    return undefined;
  }
}

/** If the limit was exceeded before the deployment, the release may exceed it: only a change for the worse counts. */
function limitTest({ limit, tolerance }: RegressionPolicy, before: Before | undefined): RateTest | undefined {
  if (limit === undefined || limit <= 0 || limit >= 1) return undefined;
  const line = before && isRed({ limit }, before) ? Math.max(limit, oddsTimes(before.upper, tolerance)) : limit;
  return above(line, before?.dispersion ?? 1);
}

/**
 * The rate that a release must be shown to stay under: the limit, with the tolerance if it was nearly reached before.
 * If the limit was not kept before, it is twice the odds of before.
 */
function acceptableRate({ limit, tolerance }: RegressionPolicy, before: Before | undefined): number {
  if (before === undefined) return limit ?? 0;
  if (limit === undefined || isRed({ limit }, before)) return Math.max(limit ?? 0, oddsTimes(before.upper, harm));
  return Math.max(limit, Math.min(oddsTimes(before.lower, harm), oddsTimes(limit, tolerance)));
}

/** Without a limit, the rate before the deployment is the only measure. */
const isRed = ({ limit }: Pick<RegressionPolicy, 'limit'>, before: Before) => limit === undefined || before.lower > limit;

const above = (line: number, dispersion: number) => (line < ceiling ? new RateTest(line, dispersion) : undefined);
