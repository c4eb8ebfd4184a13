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

/** What one poll saw: the candidate, and the old version where it serves beside it. */
export interface Observed {
  /** Where the poll's window ended. */
  readonly toMs?: number | undefined;
  readonly candidate: Sample;
  readonly baseline?: Sample | undefined;
  /** Business metrics and integrations, where they are watched. */
  readonly named?: readonly NamedMetric[] | undefined;
}

/** What a poll shows, and the resources that hold the next step whatever else it shows. */
export type PollReading = Omit<Judgement, 'phase' | 'next' | 'reason' | 'heldBy'> & { readonly heldBy: string[] };

/** Reads one poll both ways: the limits as they are written, and what everything since the first step has shown. */
export function readPoll(release: Release, policy: EnvironmentPolicy, observed: Observed, nowIso: string): PollReading {
  if (release.plan[release.stepIndex]?.weightPercent === 0) return withoutUsers(observed, policy);
  const interval = intervalOf(release, observed, nowIso);
  const intervals = [...release.intervals, interval];
  const ruling = judgeTrace({ id: release.environment, intervals, history: release.history }, judgePolicyOf(policy));
  const limits = readSample(observed.candidate, policy.limits).map((reading) => excused(reading, release, policy, observed, interval));
  const readings = [...limits, ...(observed.named ?? []).map(readNamed)];
  const literal = { verdict: verdictOf(readings), reasons: reasonsOf(readings) };
  const { sequential } = ruling;
  return {
    verdict: combined(
      policy,
      readings,
      ruling,
      isWatchedOn(release, policy) && isUnsuspicious(stepOf(release, intervals), readings, policy),
    ),
    readings,
    heldBy: [...holding(readings), ...(policy.judgeBy === 'sequential' ? heldBySequential(ruling) : [])],
    literal,
    sequential: { ...sequential, reasons: [...sequential.reasons] },
    interval,
  };
}

/** Where `sequential` is asked for, evidence replaces the rates' limits; otherwise it may only roll back earlier (DESIGN section 2). */
function combined({ judgeBy }: EnvironmentPolicy, readings: readonly Reading[], { sequential, metrics }: Ruling, goesOn: boolean): Verdict {
  if (sequential.verdict === 'Failed') return 'Failed';
  if (judgeBy === 'literal') return verdictOf(readings);
  const shown = combineVerdicts(metrics.filter(({ onFailed }) => onFailed === 'roll-back').map(({ verdict }) => verdict));
  return combineVerdicts([
    verdictOf(readings.filter(({ metric }) => !isRate(metric))),
    goesOn && shown === 'Inconclusive' ? 'Successful' : shown,
  ]);
}

/** What evidence is collected of; the other readings stay as they are. */
export const isRate = (metric: Reading['metric']) => metric === 'error-rate' || metric === 'response-time';

/** That a candidate is good has to be shown before it is kept, not before each step on the way there. */
function isWatchedOn({ phase, plan, stepIndex }: Release, { verifySeconds }: EnvironmentPolicy): boolean {
  const step = plan[stepIndex];
  if (phase !== 'bake' || step === undefined || step.compares) return false;
  return step.weightPercent < 100 || step.monitored === true || verifySeconds > 0;
}

const stepOf = ({ startedAt, phaseStartedAt }: Release, intervals: readonly ReleaseInterval[]) =>
  intervals.filter(({ t }) => t > (Date.parse(phaseStartedAt) - Date.parse(startedAt)) / 1000);

/** Whether the step's requests together are enough to say something, and nothing speaks against the candidate: not this poll, nor all by their lower 80 % limit. */
function isUnsuspicious(step: readonly ReleaseInterval[], readings: readonly Reading[], { limits }: EnvironmentPolicy): boolean {
  const counts = step.flatMap(({ candidate }) => candidate ?? []);
  const [n, bad] = [counts.reduce((sum, each) => sum + each.n, 0), counts.reduce((sum, each) => sum + each.errors, 0)];
  const isSeen = (step.at(-1)?.candidate?.n ?? 0) > 0 && n >= limits.minimumRequests;
  const isBreached = readings.some(({ metric, verdict }) => isRate(metric) && verdict === 'Failed');
  return isSeen && !isBreached && !isErrorRateBreached(100 * lowerLimit({ n, bad }, 0.8), limits);
}

/** Resources as the evidence has them, a leak that is on its way included. */
const heldBySequential = ({ metrics }: Ruling): string[] =>
  metrics.flatMap(({ name, verdict, onFailed, reasons }) => (verdict === 'Failed' && onFailed === 'hold' ? `${name}: ${reasons[0]}` : []));

const judgePolicyOf = ({ judgeBy, limits, monitorSeconds, verifySeconds, intervalSeconds }: EnvironmentPolicy) =>
  judgePolicySchema.parse({ judgeBy, limits, horizonSeconds: monitorSeconds + verifySeconds, staleSeconds: 4 * intervalSeconds });

/** A candidate that no user meets is judged by its health alone. */
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

/** Keeps what the judge reads of a sample; no data is null and never zero. */
export function countsOf({ requests, errors, slow, cpuPercent, memoryPercent }: Sample): ReleaseInterval['candidate'] {
  if (requests === null || errors === null) return null;
  return { n: requests, errors, slow, cpu: cpuPercent, memory: memoryPercent };
}

/** Says what the release has done for the metric that raised its issue; nothing where the issue names none. */
export function symptomOf(release: Release, policy: EnvironmentPolicy, raisedBy: Stream | undefined): Release['symptom'] {
  if (!raisedBy) return undefined;
  const trace = { id: release.environment, intervals: release.intervals, history: release.history };
  return outcomeFor(trace, judgeTrace(trace, judgePolicyOf(policy)), raisedBy, judgePolicyOf(policy));
}

const reasonsOf = (readings: readonly Reading[]) =>
  readings.filter(({ verdict }) => verdict === 'Failed' || verdict === 'Inconclusive').map(({ metric, detail }) => `${metric}: ${detail}`);
