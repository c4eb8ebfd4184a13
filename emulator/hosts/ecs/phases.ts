import type { Configuration } from './properties.ts';
import type { Phase } from './types.ts';

const MINUTE_MS = 60_000;

/** Lists the actions of a deployment with two revisions side by side, by ECS's lifecycle stages. */
export function phasesOf(configuration: Configuration): Phase[] {
  const shifts = shiftsOf(configuration);
  return [
    { stage: 'PRE_SCALE_UP', pause: 'PRE_SCALE_UP' },
    { stage: 'SCALE_UP' },
    { stage: 'POST_SCALE_UP', pause: 'POST_SCALE_UP' },
    ...shifts.flatMap(({ weight, waitMs }): Phase[] => [
      { stage: 'PRODUCTION_TRAFFIC_SHIFT', pause: 'PRE_PRODUCTION_TRAFFIC_SHIFT' },
      { stage: 'PRODUCTION_TRAFFIC_SHIFT', weight, waitMs },
    ]),
    { stage: 'POST_PRODUCTION_TRAFFIC_SHIFT', pause: 'POST_PRODUCTION_TRAFFIC_SHIFT' },
    { stage: 'BAKE_TIME', weight: 100, waitMs: configuration.bakeTimeInMinutes * MINUTE_MS },
    { stage: 'CLEAN_UP' },
  ];
}

/** The last shift has no bake of its own: the deployment's bake time follows it. */
function shiftsOf({
  strategy,
  canaryConfiguration: canary,
  linearConfiguration: linear,
}: Configuration): { weight: number; waitMs: number }[] {
  const last = { weight: 100, waitMs: 0 };
  if (strategy === 'CANARY') {
    const { canaryPercent: weight, canaryBakeTimeInMinutes: wait } = canary ?? { canaryPercent: 5, canaryBakeTimeInMinutes: 10 };
    return [{ weight, waitMs: wait * MINUTE_MS }, last];
  }
  if (strategy !== 'LINEAR') return [last];
  const { stepPercent, stepBakeTimeInMinutes } = linear ?? { stepPercent: 10, stepBakeTimeInMinutes: 6 };
  const before = Math.ceil(100 / stepPercent) - 1;
  const steps = Array.from({ length: before }, (_, index) => ({
    weight: (index + 1) * stepPercent,
    waitMs: stepBakeTimeInMinutes * MINUTE_MS,
  }));
  return [...steps, last];
}
