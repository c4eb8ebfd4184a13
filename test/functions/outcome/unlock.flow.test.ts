import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Deployment } from '#deployment/deployment';
import { unlock } from '#outcome/unlock.flow';
import { locks, unlockPorts } from '#services';
import { unlockEnvironment } from '../../../cli/unlock.ts';
import { releaseIn } from '../../fixtures/deployment.ts';
import { PRODUCTION, World } from '../../fixtures/world.ts';

const asked = { by: 'operator ana', reason: 'I put version 1 back' };
const failed = { status: 'RollbackFailed', outcome: 'RollbackFailed' } as const;

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

/** Opens a deployment with a failed rollback, and another one that waits behind it. */
async function locked(change: Partial<Deployment> = failed): Promise<void> {
  const holder = await world.openDeployment({ id: 'holder', production: releaseIn('production', { result: 'RollbackFailed' }), ...change });
  await locks().keepHeld(PRODUCTION, holder.id, 'health answered 500');
  await world.queueUp('next', 'holder');
}

describe('unlock', () => {
  it('hands the lock on when the serving version is healthy, and records who, why and what serves', async () => {
    await locked();

    expect(await unlock(unlockPorts(), PRODUCTION, asked, 'cli/1')).toMatchObject({ unlocked: true, holder: 'holder' });

    expect((await world.events('holder')).at(-1)).toEqual({
      type: 'LockReleased',
      environment: 'production',
      fence: 1,
      serves: 'version 1 serves all traffic',
      ...asked,
    });
    expect(await locks().read(PRODUCTION)).toMatchObject({ holder: 'next' });
    expect(world.woken()).toEqual(['token of next']);
  });

  it.each([
    [
      'fails a check',
      () => world.alias.broken.add('1'),
      'version 1 serves all traffic; service-health: health returned 500 instead of 200',
    ],
    ['is split', () => world.alias.route('1', { 2: 0.25 }), 'version 1 serves, with 25 % on 2'],
    ['cannot be asked', () => refuseReading(), 'the target could not be asked what serves: no route to host'],
  ])('refuses to unlock, and says why, when the serving version %s', async (_, happens, because) => {
    await locked();
    happens();

    expect(await unlock(unlockPorts(), PRODUCTION, asked, 'cli/1')).toMatchObject({
      unlocked: false,
      because: expect.stringContaining(because),
    });

    expect(await locks().read(PRODUCTION)).toMatchObject({ holder: 'holder', heldBecause: 'health answered 500' });
    expect((await world.events('holder')).map(({ type }) => type)).not.toContain('LockReleased');
  });

  it('refuses to unlock until the execution of the holder has ended', async () => {
    await locked({ status: 'RollingBack' });
    world.sfn.on(DescribeExecutionCommand).resolves({ status: 'RUNNING' });

    expect(await unlock(unlockPorts(), PRODUCTION, asked, 'cli/1')).toMatchObject({
      because: expect.stringContaining('holder is under way'),
    });

    world.sfn.on(DescribeExecutionCommand).resolves({ status: 'ABORTED' });
    expect(await unlock(unlockPorts(), PRODUCTION, asked, 'cli/2')).toMatchObject({ unlocked: true });
  });

  it('refuses to unlock a free lock, and throws for an unknown application', async () => {
    await locked();
    const staging = { ...PRODUCTION, environment: 'staging' } as const;

    expect(await unlock(unlockPorts(), staging, asked, 'cli/1')).toEqual({ unlocked: false, because: 'no deployment holds its lock' });
    await expect(unlock(unlockPorts(), { ...staging, application: 'shop' }, asked, 'cli/1')).rejects.toMatchObject({
      name: 'ApplicationNotFound',
    });
  });

  it('asks for a known environment and a reason', async () => {
    await expect(unlockEnvironment('storefront', 'prod', asked)).rejects.toThrow('prod: an environment is one of staging, production');
    await expect(unlockEnvironment('storefront', 'production', {})).rejects.toThrow('--reason');
  });
});

function refuseReading(): void {
  world.alias.refuses = () => {
    throw new Error('no route to host');
  };
}
