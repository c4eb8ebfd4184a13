import type { Reading, Sample } from '#deployment/release';
import { combineVerdicts, type Verdict } from '#deployment/verdict';
import { roundTo } from '#platform/round';
import type { Limits } from '#policy/policy';

type Metric = Reading['metric'];

interface LimitRule {
  readonly metric: Metric;
  readonly unit: string;
  /** undefined: the target cannot measure it; null: no data arrived. */
  readonly value: (sample: Sample) => number | null | undefined;
  readonly limit: (limits: Limits) => number;
  readonly breaches: (value: number, limits: Limits) => boolean;
  /** True for rates: a rate of a few requests shows nothing. */
  readonly needsRequests: boolean;
  readonly isResource: boolean;
}

const errorRate = ({ requests, errors }: Sample) =>
  requests === null || errors === null ? null : requests === 0 ? 0 : (100 * errors) / requests;

/** True if a rate in percent breaches the limit. The reading `below` fails at the limit itself. */
export function isErrorRateBreached(percent: number, { errorRatePercent, errorRateReading }: Limits): boolean {
  return errorRateReading === 'below' ? percent >= errorRatePercent : percent > errorRatePercent;
}

/** The limits, each read as written (R-WATCH-3 to 7). */
const rules: readonly LimitRule[] = [
  {
    metric: 'error-rate',
    unit: '%',
    value: errorRate,
    limit: ({ errorRatePercent }) => errorRatePercent,
    breaches: isErrorRateBreached,
    needsRequests: true,
    isResource: false,
  },
  above(
    'response-time',
    'ms',
    ({ p95Ms }) => p95Ms,
    ({ responseTimeMs }) => responseTimeMs,
    { needsRequests: true, isResource: false },
  ),
  above(
    'cpu',
    '%',
    ({ cpuPercent }) => cpuPercent,
    ({ cpuPercent }) => cpuPercent,
    { needsRequests: false, isResource: true },
  ),
  above(
    'memory',
    '%',
    ({ memoryPercent }) => memoryPercent,
    ({ memoryPercent }) => memoryPercent,
    { needsRequests: false, isResource: true },
  ),
  above(
    'exceptions-in-logs',
    '',
    ({ exceptionsInLogs }) => exceptionsInLogs,
    ({ exceptionsInLogs }) => exceptionsInLogs,
    { needsRequests: false, isResource: false },
  ),
];

function above(
  metric: Metric,
  unit: string,
  value: LimitRule['value'],
  limit: LimitRule['limit'],
  kind: Pick<LimitRule, 'needsRequests' | 'isResource'>,
): LimitRule {
  return { metric, unit, value, limit, breaches: (measured, limits) => measured > limit(limits), ...kind };
}

/** Reads one sample against every limit and goes on after the first breach. */
export function readSample(sample: Sample, limits: Limits): Reading[] {
  return [...rules.map((rule) => readLimit(rule, sample, limits)), readHealth(sample)];
}

function readLimit(rule: LimitRule, sample: Sample, limits: Limits): Reading {
  const value = rule.value(sample);
  const limit = rule.limit(limits);
  const onFailed = rule.isResource && !limits.resourcesRollBack ? 'hold' : 'roll-back';
  const reading = { metric: rule.metric, limit, requests: sample.requests, onFailed } as const;
  if (value === undefined)
    return { ...reading, verdict: 'NotApplicable', value: null, margin: null, detail: 'the target does not measure it' };
  if (value === null) return { ...reading, verdict: 'Inconclusive', value, margin: null, detail: 'no data in this interval' };
  const measured = { ...reading, value, margin: limit - value };
  if (rule.needsRequests && (sample.requests ?? 0) < limits.minimumRequests) {
    return {
      ...measured,
      verdict: 'Inconclusive',
      detail: `${sample.requests ?? 0} requests are fewer than the ${limits.minimumRequests} it takes to judge`,
    };
  }
  const verdict: Verdict = rule.breaches(value, limits) ? 'Failed' : 'Successful';
  return { ...measured, verdict, detail: `${roundTo(2, value)} ${rule.unit} against ${limit} ${rule.unit}`.replaceAll('  ', ' ').trim() };
}

function readHealth({ healthy, requests }: Sample): Reading {
  const verdict: Verdict = healthy === null ? 'Inconclusive' : healthy ? 'Successful' : 'Failed';
  const detail =
    healthy === null ? 'the health path was not called' : healthy ? 'the health path answers' : 'the health path fails on the candidate';
  return { metric: 'health', verdict, value: null, limit: null, margin: null, requests, onFailed: 'roll-back', detail };
}

/** Combines readings. Metrics that the target cannot measure, and metrics that only hold, do not count. */
export function verdictOf(readings: readonly Reading[]): Verdict {
  const counted = readings.filter(({ verdict, onFailed }) => verdict !== 'NotApplicable' && onFailed === 'roll-back');
  return combineVerdicts(counted.map(({ verdict }) => verdict as Verdict));
}

/** Names the resources over their limits. They alert and hold the next step (R-BACK-7). */
export const holding = (readings: readonly Reading[]): string[] =>
  readings
    .filter(({ verdict, onFailed }) => verdict === 'Failed' && onFailed === 'hold')
    .map(({ metric, detail }) => `${metric}: ${detail}`);
