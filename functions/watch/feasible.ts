import type { Step } from '#deployment/release';
import type { EnvironmentPolicy } from '#policy/policy';
import { planRelease } from '#release/plan';

/** A setting that no release could be carried out with, and why. */
export interface Infeasible {
  readonly setting: keyof EnvironmentPolicy;
  readonly why: string;
}

/** How long a target may take to stage the candidate: minutes, the bake of an earlier release included. */
export const LONGEST_STAGING_SECONDS = 1_800;
/** An execution ends at its 25,000th event; some are left for all that happens once. */
const EVENTS = 24_000;
/** A wait, a task and a choice. */
const EVENTS_PER_LOOK = 9;
/** How often a target is asked whether it has arrived. */
const SECONDS_PER_LOOK = 2;

/** How many polls an execution has room for, when it has waited for its target as long as it may. */
export function mostPolls({ deployTimeoutSeconds }: EnvironmentPolicy): number {
  return Math.floor(EVENTS / EVENTS_PER_LOOK - (LONGEST_STAGING_SECONDS + deployTimeoutSeconds) / SECONDS_PER_LOOK);
}

/** Names what contradicts itself in one environment's policy, before a release finds out. */
export function infeasible(policy: EnvironmentPolicy): Infeasible[] {
  const { splitPercent, holdbackPercent, strategy, deployTimeoutSeconds, intervalSeconds, monitorSeconds, verifySeconds } = policy;
  const plan = planRelease(policy);
  const found: Infeasible[] = [];
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

const secondsOf = (steps: readonly Step[]) => steps.reduce((sum, { bakeSeconds }) => sum + bakeSeconds, 0);

/** The longest that a release stands at one step before the last, evidence that is late included. */
export function longestStandSeconds(policy: EnvironmentPolicy): number {
  const { validationTimeoutSeconds, monitorSeconds, inconclusiveLimit, intervalSeconds, onStuck } = policy;
  const patience = (onStuck === 'ask' ? 2 : 1) * inconclusiveLimit * intervalSeconds;
  const stands = planRelease(policy)
    .slice(0, -1)
    .map(({ bakeSeconds, weightPercent, monitored }) => {
      const validated = weightPercent === 0 || monitored ? validationTimeoutSeconds : 0;
      return bakeSeconds + validated + (monitored ? monitorSeconds : 0) + patience;
    });
  return Math.max(0, ...stands);
}

/** For how long a pause has to last so that only a lost release is undone by it; an hour at least. */
export const pauseMinutesFor = (policy: EnvironmentPolicy): number => Math.max(60, Math.ceil(longestStandSeconds(policy) / 60) + 5);
