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
  return { phase, verdict, readings, ...decided };
}

type Decided = Pick<Judgement, 'next' | 'reason'>;
type Decide = (release: Release, policy: EnvironmentPolicy, readings: readonly Reading[], nowIso: string) => Decided;

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
  Date.parse(nowIso) - Date.parse(release.phaseStartedAt) >= secondsOf(release, policy) * 1000;

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
  const watched = { ...release, judgement, inconclusiveInARow: judgement.verdict === 'Inconclusive' ? release.inconclusiveInARow + 1 : 0 };
  const monitoredSeconds = release.phase === 'bake' ? 0 : watchedSeconds(release, policy, nowIso);
  const verifies =
    release.phase === 'monitor' &&
    judgement.verdict === 'Successful' &&
    judgement.next === 'Watch' &&
    judgement.reason.endsWith('verification begins');
  if (verifies) return enter({ ...watched, monitoredSeconds }, 'verify', nowIso);
  return { ...watched, monitoredSeconds };
}

function watchedSeconds({ phase, phaseStartedAt }: Release, policy: EnvironmentPolicy, nowIso: string): number {
  const inPhase = (Date.parse(nowIso) - Date.parse(phaseStartedAt)) / 1000;
  return phase === 'verify' ? policy.monitorSeconds + inPhase : inPhase;
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
