import { describe, expect, it } from 'vitest';
import { configurationFor, returnConfiguration } from '#target/ecs/deployment-plan.ecs';

const waits = { bakeMinutes: 10, pauseMinutes: 60 };
const pauseAt = (stage: string, timeoutInMinutes = 5) => ({
  ...{ targetType: 'PAUSE', lifecycleStages: [stage], timeoutConfiguration: { timeoutInMinutes, action: 'ROLLBACK' } },
});
const tests = { hookTargetArn: 'arn:aws:lambda:eu-west-1:1:function:smoke', lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT'] };
const shape = (lifecycleHooks: object[]) => ({ desiredCount: 2, hasAlternate: true, current: { lifecycleHooks } as never });

describe('the deployment plan of a service with hooks', () => {
  it('keeps the owner’s tests, and replaces any pause by the one of Sluice', () => {
    const first = configurationFor([50, 100], shape([tests, pauseAt('PRE_SCALE_UP')]), waits).lifecycleHooks ?? [];

    expect(first).toEqual([tests, pauseAt('PRE_PRODUCTION_TRAFFIC_SHIFT', 60)]);
    expect(configurationFor([50, 100], shape(first), waits).lifecycleHooks).toEqual(first);
  });

  it('runs no hook on the way back', () => {
    expect(returnConfiguration(shape([tests]))).toMatchObject({ strategy: 'BLUE_GREEN', lifecycleHooks: [] });
  });
});
