import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Release } from '#deployment/release';
import { handler as finishRelease } from '#handlers/finish-release';
import { deployments, locks } from '#services';
import { PRODUCTION, World } from '../../fixtures/world.ts';

const stopRequest = { kind: 'cancel', by: 'operator ana', at: '2026-01-01T00:00:00.000Z', reason: 'odd' } as const;
const finishing: Release['judgement'] = { phase: 'verify', verdict: 'Successful', next: 'Finish', reason: 'stable', readings: [] };

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

describe('FinishRelease', () => {
  it('returns Stopped when a person asked to stop after the last poll', async () => {
    const deployment = await world.openDeployment({ stopRequest, production: world.underWay({ stepIndex: 2, judgement: finishing }) });

    expect(await world.task(finishRelease, deployment, { defect: '' })).toEqual({
      result: 'Stopped',
      reason: 'cancel by operator ana: odd',
    });
    expect((await deployments().read(deployment.id)).production).not.toHaveProperty('result');
    expect(await locks().read(PRODUCTION)).toMatchObject({ holder: deployment.id });
  });

  it('finishes a release once and by its record, even if it runs twice', async () => {
    const deployment = await world.openDeployment({ production: world.underWay({ stepIndex: 2, judgement: finishing }) });

    const answers = [
      await world.task(finishRelease, deployment, { defect: '' }),
      await world.task(finishRelease, deployment, { defect: 'X' }),
    ];

    expect(answers).toEqual([
      { result: 'Succeeded', reason: 'stable' },
      { result: 'Succeeded', reason: 'stable' },
    ]);
    expect((await world.events()).filter(({ type }) => type === 'ReleaseEnded')).toHaveLength(1);
  });

  it('says who holds the lock, and why, when a release did not get it', async () => {
    await locks().acquire(PRODUCTION, { deploymentId: 'before', taskToken: 'token of before' });
    const deployment = await world.openDeployment({ production: undefined });
    await locks().keepHeld(PRODUCTION, 'before', 'its rollback could not be verified');

    expect(await world.task(finishRelease, deployment, { defect: 'States.Timeout' })).toEqual({
      result: 'NotStarted',
      reason: 'the lock was not acquired; States.Timeout; it is held by before, because its rollback could not be verified',
    });
    expect((await deployments().read(deployment.id)).production).toMatchObject({ result: 'NotStarted' });
    expect(await locks().read(PRODUCTION)).toMatchObject({ waiters: [] });
  });
});
