import type { DeploymentConfiguration, DeploymentStrategy } from '@aws-sdk/client-ecs';
import { PlanNotSupported } from '#platform/errors';

/** What a service is like, as far as its next deployment goes. */
export interface ServiceShape {
  readonly desiredCount: number;
  /** A second target group and a listener rule, without which ECS can only roll. */
  readonly hasAlternate: boolean;
  readonly current: DeploymentConfiguration | undefined;
}

export interface Waits {
  /** How long the old revision stays beside the new one after the last shift. */
  readonly bakeMinutes: number;
  /** How long a pause may last before ECS itself rolls back, in case nobody comes back to it. */
  readonly pauseMinutes: number;
}

/** ECS takes linear steps of 3 % and more (LinearConfiguration.stepPercent). */
const SMALLEST_STEP = 3;

/** Translates a whole plan of weights into the native strategy that stops at each of them; docs/decisions/0007. */
export function configurationFor(weights: readonly number[], shape: ServiceShape, waits: Waits): DeploymentConfiguration {
  const strategy = strategyOf(weights);
  if (strategy === 'ROLLING') return rolling(shape);
  if (!shape.hasAlternate) {
    throw new PlanNotSupported(
      `the service has one target group, so ECS can only roll it; steps ${weights.join(', ')} need an alternate one`,
    );
  }
  return {
    ...currentSettings(shape),
    ...sideBySide(strategy, weights),
    strategy,
    bakeTimeInMinutes: waits.bakeMinutes,
    lifecycleHooks: [...ownersHooks(shape), pause(waits)],
  };
}

/** The way back: all traffic at once, and only to tasks that are healthy; no hook of anybody's holds it up. */
export const returnConfiguration = (shape: ServiceShape): DeploymentConfiguration =>
  shape.hasAlternate ? { ...currentSettings(shape), strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0, lifecycleHooks: [] } : rolling(shape);

function strategyOf(weights: readonly number[]): DeploymentStrategy {
  const shifts = weights.filter((weight) => weight > 0);
  if (shifts.length === 1) return weights.length === 1 ? 'ROLLING' : 'BLUE_GREEN';
  return shifts.length === 2 ? 'CANARY' : 'LINEAR';
}

function sideBySide(strategy: DeploymentStrategy, weights: readonly number[]): DeploymentConfiguration {
  const shifts = weights.filter((weight) => weight > 0);
  // Bake times of 0: the pause before the next shift is where the step is watched.
  if (strategy === 'CANARY') return { canaryConfiguration: { canaryPercent: shifts[0], canaryBakeTimeInMinutes: 0 } };
  if (strategy === 'BLUE_GREEN') return {};
  const stepPercent = shifts.reduce(greatestCommonDivisor);
  if (stepPercent < SMALLEST_STEP) {
    throw new PlanNotSupported(
      `ECS shifts in equal steps of at least ${SMALLEST_STEP} %, and ${shifts.join(', ')} have no such step in common`,
    );
  }
  return { linearConfiguration: { stepPercent, stepBakeTimeInMinutes: 0 } };
}

/** One task after the other: one more than usual may run, none less, and each must be healthy before an old one leaves. */
function rolling(shape: ServiceShape): DeploymentConfiguration {
  const maximumPercent = 100 + Math.ceil(100 / Math.max(1, shape.desiredCount));
  return { ...currentSettings(shape), strategy: 'ROLLING', maximumPercent, minimumHealthyPercent: 100, lifecycleHooks: [] };
}

/** Alarms stay the owner's; what does not even start is undone by ECS, whether or not we still look. */
function currentSettings({ current }: ServiceShape): DeploymentConfiguration {
  const deploymentCircuitBreaker = { ...current?.deploymentCircuitBreaker, enable: true, rollback: true };
  return { ...(current?.alarms && { alarms: current.alarms }), deploymentCircuitBreaker };
}

/** Tests of the owner's own run in our releases too; a waiting pause does not say whose it is, so that only ours may be there. */
const ownersHooks = ({ current }: ServiceShape) => (current?.lifecycleHooks ?? []).filter(({ targetType }) => targetType !== 'PAUSE');

const pause = ({ pauseMinutes }: Waits) => ({
  targetType: 'PAUSE' as const,
  lifecycleStages: ['PRE_PRODUCTION_TRAFFIC_SHIFT' as const],
  timeoutConfiguration: { timeoutInMinutes: pauseMinutes, action: 'ROLLBACK' as const },
});

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
