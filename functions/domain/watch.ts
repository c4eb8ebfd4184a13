import { holding, readSample, verdictOf } from './health.ts';
import type { EnvironmentPolicy } from './policy.ts';
import type { CheckResult, Judgement, NextMove, Reading, Release, Sample, WatchPhase } from './release.ts';
import type { Verdict } from './verdict.ts';

/** Judges one poll and says what the machine does next; nothing moves on without a Successful verdict. */
export function judge(release: Release, policy: EnvironmentPolicy, sample: Sample, nowIso: string): Judgement {
  const readings = readSample(sample, policy.limits);
  const verdict = verdictOf(readings);
  const { phase } = release;
  const decided = { Failed: onFailed, Inconclusive: onInconclusive, Successful: onSuccessful }[verdict](release, policy, readings, nowIso);
  return { phase, verdict, readings, ...inTime(decided, release, policy, nowIso) };
}

type Decided = Pick<Judgement, 'next' | 'reason'>;
type Decide = (release: Release, policy: EnvironmentPolicy, readings: readonly Reading[], nowIso: string) => Decided;

/** A roll-out that is not on all traffic within the policy's time is a timeout, and that rolls back (guide, Stage 3: 10 minutes max). */
function inTime(decided: Decided, { phase, startedAt }: Release, { deployTimeoutSeconds }: EnvironmentPolicy, nowIso: string): Decided {
  const unfinished = phase === 'bake' && (decided.next === 'Watch' || decided.next === 'ApplyStep');
  if (!unfinished || secondsBetween(startedAt, nowIso) < deployTimeoutSeconds) return decided;
  return { next: 'RollBack', reason: `not on all traffic within ${deployTimeoutSeconds} s: ${decided.reason}` };
}

const secondsBetween = (fromIso: string, toIso: string) => (Date.parse(toIso) - Date.parse(fromIso)) / 1000;

const details = (readings: readonly Reading[], wanted: Verdict) =>
  readings
    .filter(({ verdict, onFailed }) => verdict === wanted && onFailed === 'roll-back')
    .map(({ metric, detail }) => `${metric}: ${detail}`)
    .join('; ');

const onFailed: Decide = (_release, _policy, readings) => ({ next: 'RollBack', reason: details(readings, 'Failed') });

const onInconclusive: Decide = ({ inconclusiveInARow }, { inconclusiveLimit, onStuck }, readings) => {
  const polls = inconclusiveInARow + 1;
  const why = details(readings, 'Inconclusive');
  if (polls < inconclusiveLimit || onStuck === 'hold')
    return { next: 'Watch', reason: `not enough evidence (${polls} of ${inconclusiveLimit}): ${why}` };
  return { next: 'RollBack', reason: `stuck without evidence for ${polls} polls: ${why}` };
};

const onSuccessful: Decide = (release, policy, readings, nowIso) => {
  const held = holding(readings);
  if (!isOver(release, policy, nowIso)) return { next: 'Watch', reason: `${release.phase} goes on` };
  if (held.length > 0) return { next: 'Watch', reason: `held by ${held.join('; ')}` };
  return moveAfter(release, policy);
};

function secondsOf({ phase, plan, stepIndex }: Release, policy: EnvironmentPolicy): number {
  if (phase === 'bake') return plan[stepIndex]?.bakeSeconds ?? policy.bakeSeconds;
  return phase === 'monitor' ? policy.monitorSeconds : policy.verifySeconds;
}

const isOver = (release: Release, policy: EnvironmentPolicy, nowIso: string) =>
  secondsBetween(release.phaseStartedAt, nowIso) >= secondsOf(release, policy);

function moveAfter(release: Release, policy: EnvironmentPolicy): Decided {
  const move = (next: NextMove, reason: string): Decided => ({ next, reason });
  if (release.phase === 'bake') {
    const last = release.stepIndex >= release.plan.length - 1;
    return last ? move('Validate', 'all traffic is on the candidate') : move('ApplyStep', `step ${release.stepIndex + 1} baked well`);
  }
  if (release.phase === 'monitor' && policy.verifySeconds > 0)
    return move('Watch', `monitored for ${policy.monitorSeconds} s, verification begins`);
  return move('Finish', `stable through ${release.phase === 'verify' ? 'verification' : 'monitoring'}`);
}

/** Moves a release on by one judgement: counts what was inconclusive, adds up the watch, and turns monitoring into verification when it is over. */
export function afterJudgement(release: Release, judgement: Judgement, policy: EnvironmentPolicy, nowIso: string): Release {
  const inconclusiveInARow = judgement.verdict === 'Inconclusive' ? release.inconclusiveInARow + 1 : 0;
  const watched = { ...release, judgement, inconclusiveInARow, monitoredSeconds: watchedSeconds(release, policy, nowIso) };
  return verifies(release, judgement, policy, nowIso) ? enter(watched, 'verify', nowIso) : watched;
}

const verifies = (release: Release, { verdict, next, readings }: Judgement, policy: EnvironmentPolicy, nowIso: string) =>
  release.phase === 'monitor' &&
  verdict === 'Successful' &&
  next === 'Watch' &&
  holding(readings).length === 0 &&
  isOver(release, policy, nowIso);

function watchedSeconds({ phase, phaseStartedAt, monitoredSeconds }: Release, policy: EnvironmentPolicy, nowIso: string): number {
  if (phase === 'bake') return 0;
  const before = phase === 'verify' ? policy.monitorSeconds : 0;
  return Math.max(monitoredSeconds, before + secondsBetween(phaseStartedAt, nowIso));
}

/** Keeps the checks' results and begins the monitoring of all traffic. */
export const afterValidation = (release: Release, checks: CheckResult[], nowIso: string): Release =>
  enter({ ...release, checks }, 'monitor', nowIso);

const enter = (release: Release, phase: WatchPhase, nowIso: string): Release => ({
  ...release,
  phase,
  phaseStartedAt: nowIso,
  inconclusiveInARow: 0,
});
