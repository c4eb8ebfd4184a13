import type { EnvironmentPolicy } from './policy.ts';
import type { Step } from './release.ts';

export type Planner = (policy: EnvironmentPolicy) => Step[];

/** Waves of traffic, one after the other, each watched before the next (guide, Stage 3: rolling, parallelism 1). */
export const planRolling: Planner = ({ waves, bakeSeconds }) => {
  const rising = waves.filter((wave, index) => waves.slice(0, index).every((earlier) => earlier < wave) && wave < 100);
  return [...rising, 100].map((weightPercent) => ({ weightPercent, bakeSeconds }));
};

/** Adding a strategy is adding a planner. */
export const planners: Record<EnvironmentPolicy['strategy'], Planner> = { rolling: planRolling };
