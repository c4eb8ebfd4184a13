import type { Step } from '#deployment/release';
import type { EnvironmentPolicy, Strategy } from '#policy/policy';

export type Planner = (policy: EnvironmentPolicy) => Step[];

/** Rising shares of the traffic up to all of it, each watched before the next. */
function rising(weights: readonly number[], bakeSeconds: number): Step[] {
  const partial = weights.filter((weight, index) => weights.slice(0, index).every((earlier) => earlier < weight) && weight < 100);
  return [...partial, 100].map((weightPercent) => ({ weightPercent, bakeSeconds }));
}

/** Waves of traffic, one after the other (guide, Stage 3: rolling, parallelism 1). */
export const planRolling: Planner = ({ waves, bakeSeconds }) => rising(waves, bakeSeconds);

/** A few users first (guide, Phase 3: deploy to 5 % of users first, monitor, then full rollout). */
export const planCanary: Planner = ({ canaryWeights, bakeSeconds }) => rising(canaryWeights, bakeSeconds);

/** Green stands beside blue without users and is tested, then gets all of them at once; blue is kept for an instant return (guide, Phase 3). */
export const planBlueGreen: Planner = ({ bakeSeconds }) => [0, 100].map((weightPercent) => ({ weightPercent, bakeSeconds }));

/** Both versions serve for a period and are compared; the winner gets all the traffic (guide, Phase 3: A/B testing). */
export const planAB: Planner = ({ splitPercent, splitSeconds, bakeSeconds }) => [
  { weightPercent: splitPercent, bakeSeconds: splitSeconds, compares: true },
  { weightPercent: 100, bakeSeconds },
];

/** Adding a strategy is adding a planner. */
export const planners: Record<Strategy, Planner> = { rolling: planRolling, canary: planCanary, 'blue-green': planBlueGreen, 'a-b': planAB };

/** A target that takes its own steps is told once; what it does is watched as one step. */
export const planDelegated: Planner = ({ bakeSeconds }) => [{ weightPercent: 100, bakeSeconds, monitored: true }];

/** Plans a release: its steps in order, exactly one of which is validated and monitored; with a holdback the old version keeps its slice until then. */
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
