import type { Step } from '#deployment/release';
import type { EnvironmentPolicy, Strategy } from '#policy/policy';

export type Planner = (policy: EnvironmentPolicy) => Step[];

/** Plans rising shares of the traffic up to 100 %. Sluice watches each share before the next. */
function rising(weights: readonly number[], bakeSeconds: number): Step[] {
  const partial = weights.filter((weight, index) => weights.slice(0, index).every((earlier) => earlier < weight) && weight < 100);
  return [...partial, 100].map((weightPercent) => ({ weightPercent, bakeSeconds }));
}

/** Waves of traffic, one after the other (R-ROLL-2, R-ROLL-3). */
export const planRolling: Planner = ({ waves, bakeSeconds }) => rising(waves, bakeSeconds);

/** A few users first, by default 5 % (R-ROLL-8). */
export const planCanary: Planner = ({ canaryWeights, bakeSeconds }) => rising(canaryWeights, bakeSeconds);

/**
 * Green stands beside blue without users and is tested, then gets all users at once.
 * Blue stays for an instant return (R-ROLL-7).
 */
export const planBlueGreen: Planner = ({ bakeSeconds }) => [0, 100].map((weightPercent) => ({ weightPercent, bakeSeconds }));

/** Both versions serve for a time and are compared. The winner gets all traffic (R-ROLL-9). */
export const planAB: Planner = ({ splitPercent, splitSeconds, bakeSeconds }) => [
  { weightPercent: splitPercent, bakeSeconds: splitSeconds, compares: true },
  { weightPercent: 100, bakeSeconds },
];

/** The planner of each strategy. A new strategy is a new planner here. */
export const planners: Record<Strategy, Planner> = { rolling: planRolling, canary: planCanary, 'blue-green': planBlueGreen, 'a-b': planAB };

/** Plans one step for a target that takes its own steps. Sluice watches all that it does as this step. */
export const planDelegated: Planner = ({ bakeSeconds }) => [{ weightPercent: 100, bakeSeconds, monitored: true }];

/**
 * Plans the steps of a release in order. Exactly one step is validated and monitored; with a holdback, the old
 * version keeps its share of the traffic until the end of that step.
 */
export function planRelease(policy: EnvironmentPolicy): Step[] {
  const steps = planners[policy.strategy](policy);
  const last = steps.at(-1) as Step;
  if (policy.holdbackPercent === 0) return [...steps.slice(0, -1), { ...last, monitored: true }];
  const candidatePercent = 100 - policy.holdbackPercent;
  return [
    ...steps.filter(({ weightPercent }) => weightPercent < candidatePercent),
    { ...last, weightPercent: candidatePercent, monitored: true },
    last,
  ];
}
