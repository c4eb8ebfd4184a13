import type { Before } from './before.ts';
import { better, oddsTimes, RateTest, type Share, worse } from './bernoulli.ts';
import { TwoArmTest } from './two-arm.ts';

export interface RegressionPolicy {
  /** This rate's part of the policy's alpha. */
  readonly alpha: number;
  readonly tolerance: number;
  /** The guide's limit as a share; undefined where the guide has none for this rate. */
  readonly limit: number | undefined;
}

/** An interval over the limit as the guide writes it, and whether that is the release's doing. */
export interface Breach {
  readonly isOver: boolean;
  readonly isOurs: boolean;
}

/** Rates under this are never a regression: one bad request in two thousand. */
const floor = 0.0005;
/** What a rate is taken to be while nothing is known of it. */
const usual = 0.005;
/** Twice the odds of before are what a release must be shown not to be before it counts as good. */
const harm = 2;
/** No rate is shown to be over a line this high: nothing is clearly worse than a service that fails nearly always. */
const ceiling = 0.98;
/** How clearly the old version beside it must be well for the history to convict; without known fluctuation the full level is asked for. */
const clearance = 30;

/** The part of the planned watch for which an old version without requests is waited for: a minute of the guide's thirty. */
const patience = 1 / 30;

/**
 * Collects what is shown about one rate of the candidate: against the old version beside it and against its history. The tolerance is granted
 * only while the limit is kept; over the limit any shown regression counts.
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
  /** What the candidate served since the old version's last request, with its part of the watch. */
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

  /** Says what was shown to be wrong, at any look so far. */
  get shown(): string | undefined {
    return this.#shown;
  }

  /** Whether the rate is shown to be acceptable over the whole watch and nothing speaks against its latest stretch. */
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

  /** An old version with a pause between its requests is waited for, so that it is always asked; one that has stopped is not. */
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

/** A limit that was exceeded before the deployment is not the release's to keep: then only getting worse counts. */
function limitTest({ limit, tolerance }: RegressionPolicy, before: Before | undefined): RateTest | undefined {
  if (limit === undefined || limit <= 0 || limit >= 1) return undefined;
  const line = before && isRed({ limit }, before) ? Math.max(limit, oddsTimes(before.upper, tolerance)) : limit;
  return above(line, before?.dispersion ?? 1);
}

/** What a release must be shown to stay under: the limit, with the tolerance where it was nearly reached before, or where it was not kept twice what was. */
function acceptableRate({ limit, tolerance }: RegressionPolicy, before: Before | undefined): number {
  if (before === undefined) return limit ?? 0;
  if (limit === undefined || isRed({ limit }, before)) return Math.max(limit ?? 0, oddsTimes(before.upper, harm));
  return Math.max(limit, Math.min(oddsTimes(before.lower, harm), oddsTimes(limit, tolerance)));
}

/** Without a limit, what was before is the only measure there is. */
const isRed = ({ limit }: Pick<RegressionPolicy, 'limit'>, before: Before) => limit === undefined || before.lower > limit;

const above = (line: number, dispersion: number) => (line < ceiling ? new RateTest(line, dispersion) : undefined);
