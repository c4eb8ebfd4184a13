import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Deployment } from '#deployment/deployment';
import { sweepLocks } from '#outcome/sweep-locks.flow';
import { deployments, locks, sweepPorts } from '#services';
import { deploymentWith, releaseIn } from '../../fixtures/deployment.ts';
import { ReleaseStage } from '../../fixtures/release-stage.ts';

const production = { application: 'storefront', environment: 'production' } as const;
const lease = 15 * 60_000;

let stage: ReleaseStage;
beforeEach(() => {
  stage = new ReleaseStage();
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  stage.stop();
});

/** Opens the holder, and somebody who waits behind it. */
async function waitingBehind(holder: Partial<Deployment>): Promise<void> {
  await stage.open({ id: 'holder', ...holder });
  const waiting = deploymentWith({ id: 'next', headHash: '', status: 'Authorising', production: undefined, outcome: undefined });
  await deployments().create(
    waiting,
    { type: 'LockAwaited', environment: 'production', holder: 'holder' },
    { entryKey: 'next', actor: 'test' },
  );
  await locks().acquire(production, { deploymentId: 'next', taskToken: 'token of next' });
}

const ended = { status: 'Escalated', outcome: 'Escalated' } as const;

describe('the sweep', () => {
  it.each([
    ['before it ever acted', undefined],
    ['after its release was over', releaseIn('production', { result: 'NotStarted' })],
  ])('hands on the lock of a deployment that has ended %s', async (_, release) => {
    await waitingBehind({ ...ended, production: release });

    await sweepLocks(sweepPorts());

    expect(await locks().read(production)).toMatchObject({ holder: 'next', waiters: [] });
    expect(stage.woken()).toEqual(['token of next']);
  });

  it.each([
    ['while its environment was being changed', releaseIn('production', { result: undefined })],
    ['with a rollback that failed', releaseIn('production', { result: 'RollbackFailed', resultReason: 'health answered 500' })],
  ])('keeps the lock of a deployment that has ended %s, and has it say why', async (_, release) => {
    await waitingBehind({ status: 'RollbackFailed', outcome: 'RollbackFailed', production: release });

    await sweepLocks(sweepPorts());

    const because = release.resultReason ?? 'holder ended as RollbackFailed while production was being changed';
    expect(await locks().read(production)).toMatchObject({ holder: 'holder', heldBecause: because });
    expect(stage.woken()).toEqual([]);
  });

  it('leaves a holder that is under way alone, also when its lease has lapsed', async () => {
    await waitingBehind({ production: stage.underWay() });

    vi.advanceTimersByTime(lease + 1000);
    await sweepLocks(sweepPorts());

    expect(await locks().read(production)).toMatchObject({ holder: 'holder' });
    expect(stage.woken()).toEqual([]);
  });

  it('gives back what a release that is over was cut off from giving back, once its lease has lapsed', async () => {
    await waitingBehind({ production: releaseIn('production') });

    await sweepLocks(sweepPorts());
    expect(await locks().read(production)).toMatchObject({ holder: 'holder' });

    vi.advanceTimersByTime(lease + 1000);
    await sweepLocks(sweepPorts());
    expect(await locks().read(production)).toMatchObject({ holder: 'next' });
  });

  it('wakes once more whoever was given the lock and has not heard of it', async () => {
    await waitingBehind({ production: releaseIn('production') });
    await locks().release(production, 'holder');

    vi.advanceTimersByTime(lease + 1000);
    await sweepLocks(sweepPorts());

    expect(stage.woken()).toEqual(['token of next']);
    expect((await deployments().read('next')).production).toMatchObject({ fence: 2 });
  });

  it('is not stopped by a lock of which nobody knows the holder', async () => {
    await locks().acquire(production, { deploymentId: 'somebody-else', taskToken: 'nobody' });
    await stage.open({ id: 'holder', production: undefined });

    await sweepLocks(sweepPorts());

    expect(await locks().read(production)).toMatchObject({ holder: 'somebody-else' });
  });
});
