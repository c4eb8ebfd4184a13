import { mean } from 'simple-statistics';
import { combineVerdicts, type Verdict } from '#deployment/verdict';
import type { JudgePolicy } from './judge-policy.ts';
import { excuse, isOverErrorLimit, readInterval } from './literal.ts';
import { RateMetric } from './rate-metric.ts';
import { readResource } from './resources.ts';
import type { MetricRuling, Ruling, WholeReading } from './ruling.ts';
import type { Counts, History, Interval, Trace } from './trace.ts';
import type { Point } from './trend.ts';

const memoryForecastSeconds = 1_800;

/** Judges a release interval by interval, in constant time each. A result that was shown once stays shown. */
export class Judging {
  readonly #policy: JudgePolicy;
  readonly #history: History | null | undefined;
  readonly #errors: RateMetric;
  readonly #slow: RateMetric;
  readonly #points: { cpu: Point[]; memory: Point[] } = { cpu: [], memory: [] };
  #breach: WholeReading | undefined;
  #last: Interval | undefined;
  #lastData: number | undefined;

  constructor(policy: JudgePolicy, history?: History | null) {
    this.#policy = policy;
    this.#history = history;
    this.#errors = new RateMetric('errors', history, policy);
    this.#slow = new RateMetric('slow', history, policy);
  }

  /** Takes the next interval. */
  add(interval: Interval): void {
    const { limits, horizonSeconds } = this.#policy;
    const { candidate, t } = interval;
    this.#last = interval;
    if (candidate !== null) this.#measure(t, candidate);
    if (candidate === null || candidate.n === 0) return;
    const mass = Math.max(0, t - (this.#lastData ?? 0)) / horizonSeconds;
    const isOver = isOverErrorLimit(candidate, limits);
    const isOurs = isOver && excuse(interval, this.#errors.before, limits) === undefined;
    if (isOurs) this.#breach ??= readInterval(interval, this.#errors.before, limits);
    this.#errors.add(interval, mass, { isOver, isOurs });
    this.#slow.add(interval, mass, { isOver: false, isOurs: false });
    this.#lastData = t;
  }

  /** True if the release must be rolled back. It is cheaper than `ruling`, because it gives no reasons. */
  get isFailed(): boolean {
    const { judgeBy, limits } = this.#policy;
    if (this.#errors.isFailed || this.#slow.isFailed || (judgeBy === 'literal' && this.#breach !== undefined)) return true;
    return limits.resourcesRollBack && this.#resources().some(({ verdict }) => verdict === 'Failed');
  }

  /** Returns the ruling as of the last interval: the policy's verdict, every metric, and both readings. */
  ruling(): Ruling {
    const metrics = [...this.#rates(), ...this.#resources()];
    const sequential = readingOf(metrics);
    const literal = this.#literal(metrics);
    const { verdict, reasons } = this.#policy.judgeBy === 'sequential' || sequential.verdict === 'Failed' ? sequential : literal;
    return { verdict, reasons, metrics, literal, sequential };
  }

  #rates(): MetricRuling[] {
    const stale = this.#staleness();
    return [this.#errors, this.#slow].filter(({ isMeasured }) => isMeasured).map((metric) => metric.ruling(stale));
  }

  #literal(metrics: readonly MetricRuling[]): WholeReading {
    if (this.#breach) return this.#breach;
    if (this.#last === undefined) return { verdict: 'Inconclusive', reasons: ['nothing has been measured yet'] };
    const read = readInterval(this.#last, this.#errors.before, this.#policy.limits);
    const holds = holdsOf(metrics);
    return holds.length > 0 && read.verdict === 'Successful' ? { verdict: 'Inconclusive', reasons: holds } : read;
  }

  #staleness(): string | undefined {
    if (this.#last === undefined || this.#lastData === undefined) return 'no data arrived';
    const age = this.#last.t - this.#lastData;
    return age > this.#policy.staleSeconds ? `no data for ${age} s` : undefined;
  }

  #measure(t: number, { cpu, memory }: Counts): void {
    if (typeof cpu === 'number') this.#points.cpu.push({ t, value: cpu });
    if (typeof memory === 'number') this.#points.memory.push({ t, value: memory });
  }

  #resources(): MetricRuling[] {
    const { limits } = this.#policy;
    const onFailed = limits.resourcesRollBack ? 'roll-back' : 'hold';
    return (['cpu', 'memory'] as const).flatMap((name) => {
      const points = this.#points[name];
      if (points.length === 0) return [];
      const limit = name === 'cpu' ? limits.cpuPercent : limits.memoryPercent;
      const forecastSeconds = name === 'memory' ? memoryForecastSeconds : undefined;
      return [readResource({ name, limit, onFailed, before: levelBefore(this.#history, name), forecastSeconds }, points)];
    });
  }
}

function levelBefore(history: History | null | undefined, name: 'cpu' | 'memory'): number | undefined {
  const known = history?.intervals?.flatMap((counts) => counts?.[name] ?? []) ?? [];
  return history?.[name] ?? (known.length > 0 ? mean(known) : undefined);
}

const holdsOf = (metrics: readonly MetricRuling[]) =>
  metrics
    .filter(({ verdict, onFailed }) => verdict === 'Failed' && onFailed === 'hold')
    .map(({ name, reasons }) => `held by ${name}: ${reasons[0]}`);

/** Combines the metrics. A hold makes the whole Inconclusive, since only Successful passes. */
function readingOf(metrics: readonly MetricRuling[]): WholeReading {
  const counted: Verdict[] = metrics.map(({ verdict, onFailed }) =>
    onFailed === 'hold' && verdict === 'Failed' ? 'Inconclusive' : verdict,
  );
  const verdict = combineVerdicts(counted);
  const said = metrics.filter((metric) => metric.verdict === verdict && metric.onFailed === 'roll-back');
  return { verdict, reasons: [...said.flatMap(({ name, reasons }) => reasons.map((reason) => `${name}: ${reason}`)), ...holdsOf(metrics)] };
}

/** Judges a release as of the trace's last interval. */
export function judgeTrace({ intervals, history }: Trace, policy: JudgePolicy): Ruling {
  const judging = new Judging(policy, history);
  for (const interval of intervals) judging.add(interval);
  return judging.ruling();
}

/** Replays a trace and returns the interval at which the release is first rolled back, if there is one. */
export function firstFailure({ intervals, history }: Trace, policy: JudgePolicy): { index: number; ruling: Ruling } | undefined {
  const judging = new Judging(policy, history);
  for (const [index, interval] of intervals.entries()) {
    judging.add(interval);
    if (judging.isFailed) return { index, ruling: judging.ruling() };
  }
  return undefined;
}
