import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Deployment } from '#deployment/deployment';
import { sweepLocks } from '#outcome/sweep-locks.flow';
import { deployments, locks, sweepPorts } from '#services';
import { releaseIn } from '../../fixtures/deployment.ts';
import { PRODUCTION, World } from '../../fixtures/world.ts';

const LEASE_SECONDS = 15 * 60;

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

/** Opens the holder, and a deployment that waits behind it. */
async function waitingBehind(holder: Partial<Deployment>): Promise<void> {
  await world.openDeployment({ id: 'holder', ...holder });
  await world.queueUp('next', 'holder');
}

const ended = { status: 'Escalated', outcome: 'Escalated' } as const;

describe('sweepLocks', () => {
  it.each([
    ['before its first action', undefined],
    ['after its release was over', releaseIn('production', { result: 'NotStarted' })],
  ])('hands on the lock of a deployment that has ended %s', async (_, release) => {
    await waitingBehind({ ...ended, production: release });

    await sweepLocks(sweepPorts());

    expect(await locks().read(PRODUCTION)).toMatchObject({ holder: 'next', waiters: [] });
    expect(world.woken()).toEqual(['token of next']);
  });

  it.each([
    ['while its environment was being changed', releaseIn('production', { result: undefined })],
    ['with a rollback that failed', releaseIn('production', { result: 'RollbackFailed', resultReason: 'health answered 500' })],
  ])('keeps the lock of a deployment that has ended %s, and records why', async (_, release) => {
    await waitingBehind({ status: 'RollbackFailed', outcome: 'RollbackFailed', production: release });

    await sweepLocks(sweepPorts());

    const because = release.resultReason ?? 'holder ended as RollbackFailed while production was being changed';
    expect(await locks().read(PRODUCTION)).toMatchObject({ holder: 'holder', heldBecause: because });
    expect(world.woken()).toEqual([]);
  });

  it('leaves the lock with a holder that is under way, even after its lease has expired', async () => {
    await waitingBehind({ production: world.underWay() });

    world.later(LEASE_SECONDS + 1);
    await sweepLocks(sweepPorts());

    expect(await locks().read(PRODUCTION)).toMatchObject({ holder: 'holder' });
    expect(world.woken()).toEqual([]);
  });

  it('hands on the lock of a finished release when its lease has expired', async () => {
    await waitingBehind({ production: releaseIn('production') });

    await sweepLocks(sweepPorts());
    expect(await locks().read(PRODUCTION)).toMatchObject({ holder: 'holder' });

    world.later(LEASE_SECONDS + 1);
    await sweepLocks(sweepPorts());
    expect(await locks().read(PRODUCTION)).toMatchObject({ holder: 'next' });
  });

  it('wakes the next holder again if the first wake was lost', async () => {
    await waitingBehind({ production: releaseIn('production') });
    await locks().release(PRODUCTION, 'holder');

    world.later(LEASE_SECONDS + 1);
    await sweepLocks(sweepPorts());

    expect(world.woken()).toEqual(['token of next']);
    expect((await deployments().read('next')).production).toMatchObject({ fence: 2 });
  });

  it('continues after a lock with an unknown holder', async () => {
    await locks().acquire(PRODUCTION, { deploymentId: 'unknown', taskToken: 'token of unknown' });
    await world.openDeployment({ id: 'holder', production: undefined });

    await sweepLocks(sweepPorts());

    expect(await locks().read(PRODUCTION)).toMatchObject({ holder: 'unknown' });
  });
});
