import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Deployment } from '#deployment/deployment';
import type { Release } from '#deployment/release';
import { handler as judgeHealth } from '#handlers/judge-health';
import type { Application } from '#policy/application';
import { metricQuerySchema } from '#policy/metric-query';
import { guidePolicy } from '#policy/policy';
import { planRelease } from '#release/plan';
import { deployments } from '#services';
import { iso, World } from '../../fixtures/world.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

/** A release that has just begun its first step. */
const begin = (change: Partial<Release> = {}, policy = guidePolicy, configured: Partial<Application> = {}) =>
  world.openDeployment(
    { policy, production: world.underWay({ plan: planRelease(policy.production), startedAt: iso(0), phaseStartedAt: iso(0), ...change }) },
    configured,
  );
const releaseOf = async ({ id }: Deployment) => (await deployments().read(id)).production as Release;

describe('JudgeHealth', () => {
  it('begins each poll where the poll before ended, so that it judges each second once', async () => {
    const deployment = await begin();

    for (const seconds of [30, 31, 95]) {
      world.later(seconds);
      await world.task(judgeHealth, deployment);
    }

    const windows = world.asked.map(({ StartTime, EndTime }) => [StartTime, EndTime].map((at) => (at as Date).toISOString().slice(14, 19)));
    expect(windows.filter((_, index) => index % 2 === 0)).toEqual([
      ['00:00', '00:30'],
      ['00:30', '01:00'],
      ['01:00', '02:30'],
    ]);
    expect(windows.filter((_, index) => index % 2 === 1)).toEqual(windows.filter((_, index) => index % 2 === 0));
  });

  it('sends one message when a resource over its limit begins to hold the release', async () => {
    const deployment = await begin({ stepIndex: 2, phase: 'monitor' });
    world.metrics = { ...world.metrics, memory: 90 };

    for (let seconds = 30; seconds <= 900; seconds += 30) {
      world.later(30);
      expect(await world.task(judgeHealth, deployment)).toMatchObject({ next: 'Watch' });
    }

    expect(world.messages()).toEqual(['stuck']);
    expect(await releaseOf(deployment)).toMatchObject({
      inconclusiveInARow: 0,
      heldInARow: 21,
      judgement: { heldBy: ['memory: 90 % against 85 %'] },
    });
  });

  it('reads business metrics in the verification, or in the monitoring if there is no verification', async () => {
    const unverified = { ...guidePolicy.production, verifySeconds: 0 };
    const payments = metricQuerySchema.parse({
      name: 'payments',
      direction: 'decrease',
      source: 'cloudwatch',
      query: 'paid',
      limit: 1,
      inputs: { paid: { namespace: 'Shop', metric: 'Paid', stat: 'Sum' } },
    });
    const namesAt = async (phase: 'monitor' | 'verify', production = guidePolicy.production) => {
      await world.close();
      world = await World.open();
      const deployment = await begin({ stepIndex: 2, phase }, { ...guidePolicy, production }, { metrics: [payments] });
      world.later(30);
      await world.task(judgeHealth, deployment);
      const { judgement } = await releaseOf(deployment);
      return judgement?.readings.flatMap(({ metric }) => (metric.startsWith('query:') ? metric : []));
    };

    expect(await namesAt('verify')).toEqual(['query:payments']);
    expect(await namesAt('monitor')).toEqual([]);
    expect(await namesAt('monitor', unverified)).toEqual(['query:payments']);
  });
});
