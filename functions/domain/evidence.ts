import { readSample, verdictOf } from './health.ts';
import { before, type Stream } from './judge/before.ts';
import { judgeTrace } from './judge/judge.ts';
import { judgePolicySchema } from './judge/judge-policy.ts';
import { excuse } from './judge/literal.ts';
import type { Ruling } from './judge/ruling.ts';
import { outcomeFor } from './judge/symptom.ts';
import { type NamedMetric, readNamed } from './named-metrics.ts';
import type { EnvironmentPolicy, Limits } from './policy.ts';
import type { Judgement, Reading, Release, Sample } from './release.ts';
import { combineVerdicts, type Verdict } from './verdict.ts';

type Interval = Release['intervals'][number];

/** What one poll saw: the candidate, and the old version where it serves beside it. */
export interface Observed {
  /** Where the poll's window ended. */
  readonly toMs?: number | undefined;
  readonly candidate: Sample;
  readonly baseline?: Sample | undefined;
  /** Business metrics and integrations, where they are watched. */
  readonly named?: readonly NamedMetric[] | undefined;
}

/** Reads one poll both ways: the limits as they are written, and what everything since the first step has shown. */
export function weigh(
  release: Release,
  policy: EnvironmentPolicy,
  observed: Observed,
  nowIso: string,
): Omit<Judgement, 'phase' | 'next' | 'reason'> {
  if (release.plan[release.stepIndex]?.weightPercent === 0) return withoutUsers(observed, policy);
  const interval = intervalOf(release, observed, nowIso);
  const intervals = [...release.intervals, interval];
  const ruling = judgeTrace({ id: release.environment, intervals, history: release.history }, judgePolicyOf(policy));
  const limits = readSample(observed.candidate, policy.limits).map((reading) => excused(reading, release, policy, interval));
  const readings = [...limits, ...(observed.named ?? []).map(readNamed)];
  const literal = { verdict: verdictOf(readings), reasons: reasonsOf(readings) };
  const { sequential } = ruling;
  return {
    verdict: combined(policy, readings, ruling),
    readings,
    literal,
    sequential: { ...sequential, reasons: [...sequential.reasons] },
    interval,
  };
}

/** Where `sequential` is asked for, evidence stands in the place of the rates' limits; otherwise it may only roll back earlier (DESIGN section 2). */
function combined({ evidence }: EnvironmentPolicy, readings: readonly Reading[], { sequential }: Ruling): Verdict {
  if (sequential.verdict === 'Failed') return 'Failed';
  if (evidence === 'literal') return verdictOf(readings);
  return combineVerdicts([
    verdictOf(readings.filter(({ metric }) => metric !== 'error-rate' && metric !== 'response-time')),
    sequential.verdict,
  ]);
}

const judgePolicyOf = ({ evidence, limits, monitorSeconds, verifySeconds, intervalSeconds }: EnvironmentPolicy) =>
  judgePolicySchema.parse({ evidence, limits, horizonSeconds: monitorSeconds + verifySeconds, staleSeconds: 4 * intervalSeconds });

/** A candidate that no user meets is judged by its health alone. */
function withoutUsers({ candidate }: Observed, { limits }: EnvironmentPolicy): Omit<Judgement, 'phase' | 'next' | 'reason'> {
  const readings = readSample(candidate, limits).map(
    (reading): Reading =>
      reading.metric === 'health' ? reading : { ...reading, verdict: 'NotApplicable', detail: 'no user meets the candidate yet' },
  );
  return { verdict: verdictOf(readings), readings };
}

function intervalOf({ startedAt }: Release, { candidate, baseline }: Observed, nowIso: string): Interval {
  return {
    t: (Date.parse(nowIso) - Date.parse(startedAt)) / 1000,
    candidate: countsOf(candidate),
    baseline: baseline && countsOf(baseline),
  };
}

/** Keeps what the judge reads of a sample; no data is null and never zero. */
export function countsOf({ requests, errors, slow, cpuPercent, memoryPercent }: Sample): Interval['candidate'] {
  if (requests === null || errors === null) return null;
  return { n: requests, errors, slow, cpu: cpuPercent, memory: memoryPercent };
}

/** A breach that was there before the deployment, or is there beside it, is not the release's. */
function excused(reading: Reading, release: Release, { limits }: EnvironmentPolicy, interval: Interval): Reading {
  if (reading.verdict !== 'Failed') return reading;
  const why = whyNotOurs(reading.metric, release, limits, interval);
  return why ? { ...reading, verdict: 'Successful', detail: `${reading.detail}, but ${why}` } : reading;
}

function whyNotOurs(metric: Reading['metric'], release: Release, limits: Limits, interval: Interval): string | undefined {
  const { history, historyP95Ms = 0, historyExceptions = 0 } = release;
  if (metric === 'error-rate') return excuse(interval, before(history, 'errors'), limits);
  if (metric === 'response-time' && historyP95Ms > limits.responseTimeMs) return 'it was over the limit before the deployment';
  return metric === 'exceptions-in-logs' && historyExceptions > limits.exceptionsInLogs
    ? 'there were some before the deployment'
    : undefined;
}

/** Says what the release has done for the metric that raised its issue; nothing where the issue names none. */
export function symptomOf(release: Release, policy: EnvironmentPolicy, raisedBy: Stream | undefined): Release['symptom'] {
  if (!raisedBy) return undefined;
  const trace = { id: release.environment, intervals: release.intervals, history: release.history };
  return outcomeFor(trace, judgeTrace(trace, judgePolicyOf(policy)), raisedBy, judgePolicyOf(policy));
}

const reasonsOf = (readings: readonly Reading[]) =>
  readings.filter(({ verdict }) => verdict === 'Failed' || verdict === 'Inconclusive').map(({ metric, detail }) => `${metric}: ${detail}`);
