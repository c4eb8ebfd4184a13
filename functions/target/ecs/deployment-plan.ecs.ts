import type { DeploymentConfiguration, DeploymentStrategy } from '@aws-sdk/client-ecs';
import { PlanNotSupported } from '#platform/errors';

/** The properties of a service that its next deployment depends on. */
export interface ServiceShape {
  readonly desiredCount: number;
  /** A second target group and a listener rule. Without them, ECS can only roll. */
  readonly hasAlternate: boolean;
  readonly current: DeploymentConfiguration | undefined;
}

export interface Waits {
  /** How long the old revision stays beside the new one after the last shift. */
  readonly bakeMinutes: number;
  /** How long a pause may last before ECS rolls back, in case Sluice never continues it. */
  readonly pauseMinutes: number;
}

/** ECS takes linear steps of 3 % and more (LinearConfiguration.stepPercent). */
const SMALLEST_STEP = 3;

/** Translates a plan of weights into the native strategy that stops at each of them (docs/reference/ecs.md). */
export function configurationFor(weights: readonly number[], shape: ServiceShape, waits: Waits): DeploymentConfiguration {
  const strategy = strategyOf(weights);
  if (strategy === 'ROLLING') return rolling(shape);
  if (!shape.hasAlternate) {
    throw new PlanNotSupported(
      `the service has one target group, so ECS can only roll it; steps ${weights.join(', ')} need an alternate target group`,
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

/** The way back: all traffic at once and only to healthy tasks, without hooks that could delay it. */
export const returnConfiguration = (shape: ServiceShape): DeploymentConfiguration =>
  shape.hasAlternate ? { ...currentSettings(shape), strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0, lifecycleHooks: [] } : rolling(shape);

function strategyOf(weights: readonly number[]): DeploymentStrategy {
  const shifts = weights.filter((weight) => weight > 0);
  if (shifts.length === 1) return weights.length === 1 ? 'ROLLING' : 'BLUE_GREEN';
  return shifts.length === 2 ? 'CANARY' : 'LINEAR';
}

function sideBySide(strategy: DeploymentStrategy, weights: readonly number[]): DeploymentConfiguration {
  const shifts = weights.filter((weight) => weight > 0);
  // The bake time is 0: Sluice watches the step during the pause before the next shift.
  if (strategy === 'CANARY') return { canaryConfiguration: { canaryPercent: shifts[0], canaryBakeTimeInMinutes: 0 } };
  if (strategy === 'BLUE_GREEN') return {};
  const stepPercent = shifts.reduce(greatestCommonDivisor);
  if (stepPercent < SMALLEST_STEP) {
    throw new PlanNotSupported(
      `ECS shifts in equal steps of at least ${SMALLEST_STEP} %, but ${shifts.join(', ')} have no such step in common`,
    );
  }
  return { linearConfiguration: { stepPercent, stepBakeTimeInMinutes: 0 } };
}

/**
 * Replaces one task at a time: one extra task may run, and none may be missing.
 * A new task must be healthy before an old one leaves.
 */
function rolling(shape: ServiceShape): DeploymentConfiguration {
  const maximumPercent = 100 + Math.ceil(100 / Math.max(1, shape.desiredCount));
  return { ...currentSettings(shape), strategy: 'ROLLING', maximumPercent, minimumHealthyPercent: 100, lifecycleHooks: [] };
}

/** Keeps the owner's alarms. If a deployment cannot start, ECS's circuit breaker undoes it, even without Sluice. */
function currentSettings({ current }: ServiceShape): DeploymentConfiguration {
  const deploymentCircuitBreaker = { ...current?.deploymentCircuitBreaker, enable: true, rollback: true };
  return { ...(current?.alarms && { alarms: current.alarms }), deploymentCircuitBreaker };
}

/** Keeps the owner's test hooks, but not their pauses. A waiting pause does not name its owner, so all must be ours. */
const ownersHooks = ({ current }: ServiceShape) => (current?.lifecycleHooks ?? []).filter(({ targetType }) => targetType !== 'PAUSE');

const pause = ({ pauseMinutes }: Waits) => ({
  targetType: 'PAUSE' as const,
  lifecycleStages: ['PRE_PRODUCTION_TRAFFIC_SHIFT' as const],
  timeoutConfiguration: { timeoutInMinutes: pauseMinutes, action: 'ROLLBACK' as const },
});

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
