import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Release } from '#deployment/release';
import { handler as finishRelease } from '#handlers/finish-release';
import { handler as finishRollback } from '#handlers/finish-rollback';
import { handler as rollBack } from '#handlers/roll-back';
import { deployments, locks } from '#services';
import { PRODUCTION, World } from '../../fixtures/world.ts';

const begun = { startedAt: '2026-01-01T00:00:00.000Z' };
const finishing: Release['judgement'] = { phase: 'verify', verdict: 'Successful', next: 'Finish', reason: 'stable', readings: [] };

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

describe('RollBack', () => {
  it('leaves an ended release alone after the next deployment took its lock', async () => {
    const release = world.underWay({ stepIndex: 2, revision: world.alias.route('2'), judgement: finishing });
    const deployment = await world.openDeployment({ production: release });
    await world.task(finishRelease, deployment, { defect: '' });
    await locks().acquire(PRODUCTION, { deploymentId: 'next', taskToken: 'token of next' });

    expect(await world.task(rollBack, deployment, begun)).toMatchObject({ next: 'Stop' });
    expect(await world.task(finishRollback, deployment)).toEqual({ result: 'Succeeded', reason: 'stable' });

    expect(world.alias.routing.version).toBe('2');
    expect(await locks().read(PRODUCTION)).toMatchObject({ holder: 'next' });
    expect((await world.events()).filter(({ type }) => type === 'ReleaseEnded')).toHaveLength(1);
    expect(world.messages()).toEqual([]);
  });

  it('takes a lost release off the queue of its lock, ends it as NotStarted and sends no message', async () => {
    await locks().acquire(PRODUCTION, { deploymentId: 'before', taskToken: 'token of before' });
    const deployment = await world.openDeployment({ production: undefined });
    const lost = { input: { deploymentId: deployment.id, environment: 'production', reason: 'its execution was lost' } };

    expect(await world.task(rollBack, deployment, { ...begun, ...lost })).toMatchObject({ next: 'Stop' });
    expect(await world.task(finishRollback, deployment, lost)).toMatchObject({ result: 'NotStarted' });

    expect(await locks().read(PRODUCTION)).toMatchObject({ holder: 'before', waiters: [] });
    expect((await deployments().read(deployment.id)).production).toMatchObject({
      result: 'NotStarted',
      resultReason: 'its execution was lost, before it acquired the lock',
    });
    expect(world.messages()).toEqual([]);
  });
});
