import type { Step } from '#deployment/release';
import type { EnvironmentPolicy } from '#policy/policy';
import { planRelease } from '#release/plan';

/** A setting that makes every release impossible, and why. */
export interface Infeasible {
  readonly setting: keyof EnvironmentPolicy;
  readonly why: string;
}

/** Longest time for a target to stage the candidate. It includes the bake of an earlier release. */
export const LONGEST_STAGING_SECONDS = 1_800;
/** The parent machine gives a release 180,000 s: a day for the lock, a day for the steps, 2 hours for a rollback. */
export const LONGEST_LOCK_WAIT_SECONDS = 86_400;
/** Lambda ends a function at 900 s. A validation that ends by 840 s can still be recorded. */
export const LONGEST_VALIDATION_SECONDS = 840;
/** Time on top of the checks of a validation, to begin them and to record them. */
export const VALIDATION_MARGIN_SECONDS = 30;
/** An execution ends at its 25,000th event. The other 1,000 are for everything that happens once. */
const EVENTS = 24_000;
/** One look is a wait, a task and a choice. */
const EVENTS_PER_LOOK = 9;
/** Seconds between two looks at a target that has not arrived yet. */
const SECONDS_PER_LOOK = 2;

/** Returns how many polls an execution has room for after the longest wait for its target. */
export function mostPolls({ deployTimeoutSeconds }: EnvironmentPolicy): number {
  return Math.floor(EVENTS / EVENTS_PER_LOOK - (LONGEST_STAGING_SECONDS + deployTimeoutSeconds) / SECONDS_PER_LOOK);
}

/** Registration refuses more. A policy that was stored before that check may have more. */
export const lockWaitSecondsOf = ({ lockWaitSeconds }: EnvironmentPolicy) => Math.min(lockWaitSeconds, LONGEST_LOCK_WAIT_SECONDS);
export const validationSecondsOf = ({ validationTimeoutSeconds }: EnvironmentPolicy) =>
  Math.min(validationTimeoutSeconds, LONGEST_VALIDATION_SECONDS);

/** Finds contradictions in one environment's policy before a release meets them. */
export function infeasible(policy: EnvironmentPolicy): Infeasible[] {
  const { splitPercent, holdbackPercent, strategy, deployTimeoutSeconds, intervalSeconds, monitorSeconds, verifySeconds } = policy;
  const plan = planRelease(policy);
  const found = tooLong(policy);
  if (strategy === 'a-b' && splitPercent >= 100 - holdbackPercent)
    found.push({ setting: 'holdbackPercent', why: `${holdbackPercent} % leave no step to compare at a split of ${splitPercent} %` });
  const bakes = secondsOf(plan.filter(({ compares }) => !compares));
  if (bakes >= deployTimeoutSeconds)
    found.push({ setting: 'deployTimeoutSeconds', why: `the steps bake for ${bakes} s and may take ${deployTimeoutSeconds} s` });
  const polls = Math.ceil((secondsOf(plan) + monitorSeconds + verifySeconds) / intervalSeconds);
  const most = mostPolls(policy);
  if (polls > most) found.push({ setting: 'intervalSeconds', why: `it makes ${polls} polls, and an execution has room for ${most}` });
  return found;
}

function tooLong({ lockWaitSeconds, validationTimeoutSeconds }: EnvironmentPolicy): Infeasible[] {
  const found: Infeasible[] = [];
  if (lockWaitSeconds > LONGEST_LOCK_WAIT_SECONDS)
    found.push({ setting: 'lockWaitSeconds', why: `a release waits for its lock for ${LONGEST_LOCK_WAIT_SECONDS} s at most; lower it` });
  if (validationTimeoutSeconds > LONGEST_VALIDATION_SECONDS)
    found.push({ setting: 'validationTimeoutSeconds', why: `one Lambda validates, and has ${LONGEST_VALIDATION_SECONDS} s; lower it` });
  return found;
}

const secondsOf = (steps: readonly Step[]) => steps.reduce((sum, { bakeSeconds }) => sum + bakeSeconds, 0);

/** Returns the longest time at one step before the last. It includes the time that late evidence may take. */
export function longestStandSeconds(policy: EnvironmentPolicy): number {
  const { monitorSeconds, inconclusiveLimit, intervalSeconds, onStuck } = policy;
  const patience = (onStuck === 'ask' ? 2 : 1) * inconclusiveLimit * intervalSeconds;
  const stands = planRelease(policy)
    .slice(0, -1)
    .map(({ bakeSeconds, weightPercent, monitored }) => {
      const validated = weightPercent === 0 || monitored ? validationSecondsOf(policy) : 0;
      return bakeSeconds + validated + (monitored ? monitorSeconds : 0) + patience;
    });
  return Math.max(0, ...stands);
}

/** The minutes of pause after which a release counts as lost and is undone: at least 60. */
export const pauseMinutesFor = (policy: EnvironmentPolicy): number => Math.max(60, Math.ceil(longestStandSeconds(policy) / 60) + 5);
