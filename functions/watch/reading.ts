// One poll has two readings.
// Literal: `readSample` compares this poll with the limits as written, and `excused` passes old breaches.

// Sequential: `judgeTrace` weighs all intervals since the first step; over the error limit it grants no tolerance.
// They meet in `combined`: evidence alone can fail a release, and `judgeBy` says which reading decides on the rates.

import type { Judgement, Reading, Release, Sample } from '#deployment/release';
import { combineVerdicts, type Verdict } from '#deployment/verdict';
import type { EnvironmentPolicy } from '#policy/policy';
import type { Stream } from '#watch/judge/before';
import { judgeTrace } from '#watch/judge/judge';
import { judgePolicySchema } from '#watch/judge/judge-policy';
import { lowerLimit } from '#watch/judge/proportion';
import type { Ruling } from '#watch/judge/ruling';
import { outcomeFor } from '#watch/judge/symptom';
import { excused } from './already-red.ts';
import { holding, isErrorRateBreached, readSample, verdictOf } from './health.ts';
import { type NamedMetric, readNamed } from './named-metrics.ts';

type ReleaseInterval = Release['intervals'][number];

/** The samples of one poll: the candidate, and the old version if it serves beside it. */
export interface Observed {
  /** End of the poll's window. */
  readonly toMs?: number | undefined;
  readonly candidate: Sample;
  readonly baseline?: Sample | undefined;
  /** Business metrics and integrations, if they are watched. */
  readonly named?: readonly NamedMetric[] | undefined;
}

/** The result of one poll. `heldBy` names the resources that hold the next step at any verdict. */
export type PollReading = Omit<Judgement, 'phase' | 'next' | 'reason' | 'heldBy'> & { readonly heldBy: string[] };

/** Reads one poll both ways: by the limits as written, and by the evidence since the first step. */
export function readPoll(release: Release, policy: EnvironmentPolicy, observed: Observed, nowIso: string): PollReading {
  if (release.plan[release.stepIndex]?.weightPercent === 0) return withoutUsers(observed, policy);
  const interval = intervalOf(release, observed, nowIso);
  const intervals = [...release.intervals, interval];
  const ruling = judgeTrace({ id: release.environment, intervals, history: release.history }, judgePolicyOf(policy));
  const limits = readSample(observed.candidate, policy.limits).map((reading) => excused(reading, release, policy, observed, interval));
  const readings = [...limits, ...(observed.named ?? []).map(readNamed)];
  const literal = { verdict: verdictOf(readings), reasons: reasonsOf(readings) };
  const { sequential } = ruling;
  const goesOn = isWatchedOn(release, policy) && isUnsuspicious(stepOf(release, intervals), readings, policy);
  return {
    verdict: combined(policy, readings, ruling, goesOn),
    readings,
    heldBy: [...holding(readings), ...(policy.judgeBy === 'sequential' ? heldBySequential(ruling) : [])],
    literal,
    sequential: { ...sequential, reasons: [...sequential.reasons] },
    interval,
  };
}

/**
 * `sequential`: evidence replaces the limits of the rates (R-WATCH-11).
 * `literal`: evidence can only roll back earlier (R-WATCH-10).
 */
function combined({ judgeBy }: EnvironmentPolicy, readings: readonly Reading[], { sequential, metrics }: Ruling, goesOn: boolean): Verdict {
  if (sequential.verdict === 'Failed') return 'Failed';
  if (judgeBy === 'literal') return verdictOf(readings);
  const shown = combineVerdicts(metrics.filter(({ onFailed }) => onFailed === 'roll-back').map(({ verdict }) => verdict));
  return combineVerdicts([
    verdictOf(readings.filter(({ metric }) => !isRate(metric))),
    goesOn && shown === 'Inconclusive' ? 'Successful' : shown,
  ]);
}

/** The metrics that evidence is collected for. The other readings stay as they are. */
export const isRate = (metric: Reading['metric']) => metric === 'error-rate' || metric === 'response-time';

/** True if the watch goes on after this step. Only before the end must evidence show that the candidate is good. */
function isWatchedOn({ phase, plan, stepIndex }: Release, { verifySeconds }: EnvironmentPolicy): boolean {
  const step = plan[stepIndex];
  if (phase !== 'bake' || step === undefined || step.compares) return false;
  return step.weightPercent < 100 || step.monitored === true || verifySeconds > 0;
}

const stepOf = ({ startedAt, phaseStartedAt }: Release, intervals: readonly ReleaseInterval[]) =>
  intervals.filter(({ t }) => t > (Date.parse(phaseStartedAt) - Date.parse(startedAt)) / 1000);

/**
 * True if the step's requests are enough and show no breach.
 * This poll breaches no rate, and the lower 80 % limit of all requests keeps the error limit.
 */
function isUnsuspicious(step: readonly ReleaseInterval[], readings: readonly Reading[], { limits }: EnvironmentPolicy): boolean {
  const counts = step.flatMap(({ candidate }) => candidate ?? []);
  const [n, bad] = [counts.reduce((sum, each) => sum + each.n, 0), counts.reduce((sum, each) => sum + each.errors, 0)];
  const isSeen = (step.at(-1)?.candidate?.n ?? 0) > 0 && n >= limits.minimumRequests;
  const isBreached = readings.some(({ metric, verdict }) => isRate(metric) && verdict === 'Failed');
  return isSeen && !isBreached && !isErrorRateBreached(100 * lowerLimit({ n, bad }, 0.8), limits);
}

/** Resources over their limits by the evidence. A leak on its way to the limit counts. */
const heldBySequential = ({ metrics }: Ruling): string[] =>
  metrics.flatMap(({ name, verdict, onFailed, reasons }) => (verdict === 'Failed' && onFailed === 'hold' ? `${name}: ${reasons[0]}` : []));

const judgePolicyOf = ({ judgeBy, limits, monitorSeconds, verifySeconds, intervalSeconds }: EnvironmentPolicy) =>
  judgePolicySchema.parse({ judgeBy, limits, horizonSeconds: monitorSeconds + verifySeconds, staleSeconds: 4 * intervalSeconds });

/** Judges a candidate without users by its health alone. */
function withoutUsers({ candidate }: Observed, { limits }: EnvironmentPolicy): PollReading {
  const readings = readSample(candidate, limits).map(
    (reading): Reading =>
      reading.metric === 'health' ? reading : { ...reading, verdict: 'NotApplicable', detail: 'no user meets the candidate yet' },
  );
  return { verdict: verdictOf(readings), readings, heldBy: [] };
}

function intervalOf({ startedAt }: Release, { candidate, baseline }: Observed, nowIso: string): ReleaseInterval {
  return {
    t: (Date.parse(nowIso) - Date.parse(startedAt)) / 1000,
    candidate: countsOf(candidate),
    baseline: baseline && countsOf(baseline),
  };
}

/** Keeps the counts that the judge reads from a sample. Missing data is null, never zero. */
export function countsOf({ requests, errors, slow, cpuPercent, memoryPercent }: Sample): ReleaseInterval['candidate'] {
  if (requests === null || errors === null) return null;
  return { n: requests, errors, slow, cpu: cpuPercent, memory: memoryPercent };
}

/** Returns the release's effect on the metric that raised its issue; undefined if the issue names none. */
export function symptomOf(release: Release, policy: EnvironmentPolicy, raisedBy: Stream | undefined): Release['symptom'] {
  if (!raisedBy) return undefined;
  const trace = { id: release.environment, intervals: release.intervals, history: release.history };
  return outcomeFor(trace, judgeTrace(trace, judgePolicyOf(policy)), raisedBy, judgePolicyOf(policy));
}

const reasonsOf = (readings: readonly Reading[]) =>
  readings.filter(({ verdict }) => verdict === 'Failed' || verdict === 'Inconclusive').map(({ metric, detail }) => `${metric}: ${detail}`);
