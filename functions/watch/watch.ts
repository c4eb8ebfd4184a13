import type { CheckResult, Judgement, Reading, Release, Step } from '#deployment/release';
import type { Verdict } from '#deployment/verdict';
import type { EnvironmentPolicy } from '#policy/policy';
import { compactIntervals } from './compact-intervals.ts';
import { mostPolls } from './feasible.ts';
import { type Decided, moveAfter } from './next-move.ts';
import { isRate, type Observed, type PollReading, readPoll } from './reading.ts';
import { overdueAfter } from './roll-out-time.ts';
import { enter, isLast, isOver, secondsBetween } from './watch-phase.ts';

/** Judges one poll and names the next move. Only a Successful verdict moves a release on. */
export function judge(release: Release, policy: EnvironmentPolicy, observed: Observed, nowIso: string): Judgement {
  const { heldBy, ...reading } = readPoll(release, policy, observed, nowIso);
  const { phase } = release;
  const isHeld = reading.verdict === 'Successful' && heldBy.length > 0 && isOver(release, policy, nowIso);
  if (isHeld) return { phase, ...reading, verdict: 'Inconclusive', heldBy, ...withinPolls(onHeld(heldBy), release, policy) };
  const decide = { Failed: onFailed, Inconclusive: onInconclusive, Successful: onSuccessful }[reading.verdict];
  const decided = decide(release, policy, reading, nowIso);
  const beforeDeadline = inTime(decided, release, policy, nowIso);
  const withinBudget = withinPolls(beforeDeadline, release, policy);
  return { phase, ...reading, ...withinBudget };
}

/** A hold pauses the release. It causes no rollback, and its time is not part of `deployTimeoutSeconds` (R-BACK-7). */
const onHeld = (heldBy: readonly string[]): Decided => ({ next: 'Watch', reason: `held by ${heldBy.join('; ')}` });

/** Minimum poll budget. Policies registered before the feasibility check may compute less. */
const FEWEST_POLLS = 1_000;

/** An execution ends at 25,000 events. Roll back before that, or the release would be left unwatched. */
function withinPolls(decided: Decided, { polls = 0 }: Release, policy: EnvironmentPolicy): Decided {
  if (decided.next !== 'Watch' || polls + 1 < Math.max(FEWEST_POLLS, mostPolls(policy))) return decided;
  return { next: 'RollBack', reason: `looked ${polls + 1} times, as often as an execution can: ${decided.reason}` };
}

type WatchReading = Omit<PollReading, 'heldBy'>;
type Decide = (release: Release, policy: EnvironmentPolicy, reading: WatchReading, nowIso: string) => Decided;

/** A release that is late is a time-out, and a time-out rolls back (R-ROLL-5, R-BACK-6). */
function inTime(decided: Decided, release: Release, policy: EnvironmentPolicy, nowIso: string): Decided {
  const unfinished = release.phase === 'bake' && (decided.next === 'Watch' || decided.next === 'ApplyStep');
  const overdue = overdueAfter(release, policy, nowIso);
  if (!unfinished || overdue === undefined) return decided;
  return { next: 'RollBack', reason: `not on all traffic within ${overdue} s: ${decided.reason}` };
}

const details = (readings: readonly Reading[], wanted: Verdict) =>
  readings
    .filter(({ verdict, onFailed }) => verdict === wanted && onFailed === 'roll-back')
    .map(({ metric, detail }) => `${metric}: ${detail}`);

/** Names the cause of a verdict: the limits as written, or else the evidence. */
const because = ({ readings, sequential }: WatchReading, verdict: Verdict): string =>
  details(readings, verdict).join('; ') || (sequential?.verdict === verdict ? sequential.reasons.join('; ') : '');

const onFailed: Decide = (_release, _policy, reading) => ({ next: 'RollBack', reason: because(reading, 'Failed') });

const onInconclusive: Decide = (release, policy, reading, nowIso) => {
  const { inconclusiveLimit, onStuck } = policy;
  const why = because(reading, 'Inconclusive');
  if (mayStillShow(reading, release, policy, nowIso)) return { next: 'Watch', reason: `not enough evidence yet: ${why}` };
  const polls = release.inconclusiveInARow + 1;
  const patience = onStuck === 'ask' ? 2 * inconclusiveLimit : inconclusiveLimit;
  if (polls < patience || onStuck === 'hold') return { next: 'Watch', reason: `not enough evidence (${polls} of ${patience}): ${why}` };
  return { next: 'RollBack', reason: `stuck without evidence for ${polls} polls: ${why}` };
};

/** True if only evidence is missing and the rest of the phase may bring it. Then the release is not given up. */
function mayStillShow({ interval, readings }: WatchReading, release: Release, policy: EnvironmentPolicy, nowIso: string): boolean {
  const isSeen = (interval?.candidate?.n ?? 0) > 0;
  const isBroken = readings.some(({ metric, verdict }) => verdict === 'Inconclusive' && !isRate(metric));
  return policy.judgeBy === 'sequential' && isSeen && !isBroken && !isOver(release, policy, nowIso);
}

/**
 * True if Sluice asks a person for help now: a hold has begun, or the release is stuck and policy waits.
 * The message also says what happens without an answer.
 */
export const asksForHelp = ({ inconclusiveInARow, heldInARow }: Release, { inconclusiveLimit, onStuck }: EnvironmentPolicy): boolean =>
  heldInARow === 1 || (onStuck !== 'roll-back' && inconclusiveInARow === inconclusiveLimit);

const onSuccessful: Decide = (release, policy, { interval }, nowIso) => {
  if (!isOver(release, policy, nowIso)) return { next: 'Watch', reason: `${release.phase} goes on` };
  return moveAfter(interval ? { ...release, intervals: [...release.intervals, interval] } : release, policy);
};

/** Adds one judgment to a release: its counters and its watched time. The verification begins if all before is over. */
export function afterJudgement(release: Release, judgement: Judgement, policy: EnvironmentPolicy, nowIso: string): Release {
  const { verdict, heldBy, interval } = judgement;
  const isGivingUp = verdict === 'Inconclusive' && !heldBy && !mayStillShow(judgement, release, policy, nowIso);
  const counted = {
    polls: (release.polls ?? 0) + 1,
    inconclusiveInARow: isGivingUp ? release.inconclusiveInARow + 1 : 0,
    heldInARow: heldBy ? (release.heldInARow ?? 0) + 1 : 0,
    heldSeconds: (release.heldSeconds ?? 0) + (heldBy ? sinceLastPoll(release, judgement, policy) : 0),
    monitoredSeconds: watchedSeconds(release, policy, nowIso),
  };
  const intervals = interval ? compactIntervals([...release.intervals, interval], policy.limits) : release.intervals;
  const watched = { ...release, judgement, intervals, ...counted };
  return beginsVerification(release, judgement, policy, nowIso) ? enter(watched, 'verify', nowIso) : watched;
}

function sinceLastPoll({ intervals }: Release, { interval }: Judgement, { intervalSeconds }: EnvironmentPolicy): number {
  const before = intervals.at(-1);
  return before && interval ? interval.t - before.t : intervalSeconds;
}

function beginsVerification(release: Release, { verdict, next }: Judgement, policy: EnvironmentPolicy, nowIso: string): boolean {
  const { phase, plan, stepIndex } = release;
  const last = phase === 'monitor' || (phase === 'bake' && isLast(release) && !(plan[stepIndex] as Step).monitored);
  return last && verdict === 'Successful' && next === 'Watch' && isOver(release, policy, nowIso);
}

function watchedSeconds({ phase, phaseStartedAt, monitoredSeconds }: Release, policy: EnvironmentPolicy, nowIso: string): number {
  if (phase === 'bake') return monitoredSeconds;
  const before = phase === 'verify' ? policy.monitorSeconds : 0;
  return Math.max(monitoredSeconds, before + secondsBetween(phaseStartedAt, nowIso));
}

/** Keeps the results of the checks, and begins the monitoring if the plan has it. */
export function afterValidation(release: Release, checks: CheckResult[], nowIso: string): Release {
  return release.plan[release.stepIndex]?.monitored ? enter({ ...release, checks }, 'monitor', nowIso) : { ...release, checks };
}
