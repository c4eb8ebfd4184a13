import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Deployment } from '#deployment/deployment';
import { unlock } from '#outcome/unlock.flow';
import { deployments, locks, unlockPorts } from '#services';
import { unlockEnvironment } from '../../../cli/unlock.ts';
import { deploymentWith, releaseIn } from '../../fixtures/deployment.ts';
import { ReleaseStage } from '../../fixtures/release-stage.ts';

const production = { application: 'storefront', environment: 'production' } as const;
const asked = { by: 'operator ana', reason: 'I put version 1 back' };
const failed = { status: 'RollbackFailed', outcome: 'RollbackFailed' } as const;

let stage: ReleaseStage;
beforeEach(() => {
  stage = new ReleaseStage();
  vi.stubEnv('DEPLOYMENT_MACHINE_ARN', 'arn:aws:states:us-east-1:000000000000:stateMachine:deployment');
});
afterEach(() => stage.stop());

/** A deployment whose rollback failed, and another one that waits behind it. */
async function locked(change: Partial<Deployment> = failed): Promise<void> {
  const holder = await stage.open({ id: 'holder', production: releaseIn('production', { result: 'RollbackFailed' }), ...change });
  await locks().keepHeld(production, holder.id, 'health answered 500');
  const waiting = deploymentWith({ id: 'next', headHash: '', status: 'Authorising', production: undefined, outcome: undefined });
  await deployments().create(
    waiting,
    { type: 'LockAwaited', environment: 'production', holder: 'holder' },
    { entryKey: 'next', actor: 'test' },
  );
  await locks().acquire(production, { deploymentId: 'next', taskToken: 'token of next' });
}

describe('unlocking an environment', () => {
  it('hands the lock on when what serves is well, and writes down who, why and what serves', async () => {
    await locked();

    expect(await unlock(unlockPorts(), production, asked, 'cli/1')).toMatchObject({ unlocked: true, holder: 'holder' });

    expect(stage.events('holder').at(-1)).toEqual({
      type: 'LockReleased',
      environment: 'production',
      fence: 1,
      serves: 'version 1 serves all traffic',
      ...asked,
    });
    expect(await locks().read(production)).toMatchObject({ holder: 'next' });
    expect(stage.woken()).toEqual(['token of next']);
  });

  it.each([
    ['fails a check', () => stage.broken.add('1'), 'version 1 serves all traffic; service-health: health answered 500 instead of 200'],
    ['is split', () => stage.route('1', { 2: 0.25 }), 'version 1 serves, with 25 % on 2'],
    ['cannot be asked', () => refuseReading(), 'the target could not be asked what serves: no route to host'],
  ])('is refused with what is wrong when what serves %s', async (_, happens, because) => {
    await locked();
    happens();

    expect(await unlock(unlockPorts(), production, asked, 'cli/1')).toMatchObject({
      unlocked: false,
      because: expect.stringContaining(because),
    });

    expect(await locks().read(production)).toMatchObject({ holder: 'holder', heldBecause: 'health answered 500' });
    expect(stage.events('holder').map(({ type }) => type)).not.toContain('LockReleased');
  });

  it('is refused while the holder is under way, also where an earlier rollback of it was lost', async () => {
    await locked({ status: 'RollingBack' });
    stage.sfn.on(DescribeExecutionCommand).resolves({ status: 'RUNNING' });

    expect(await unlock(unlockPorts(), production, asked, 'cli/1')).toMatchObject({
      because: expect.stringContaining('holder is under way'),
    });

    stage.sfn.on(DescribeExecutionCommand).resolves({ status: 'ABORTED' });
    expect(await unlock(unlockPorts(), production, asked, 'cli/2')).toMatchObject({ unlocked: true });
  });

  it('is refused where nobody holds the lock, and where there is no such application', async () => {
    await locked();
    const staging = { ...production, environment: 'staging' } as const;

    expect(await unlock(unlockPorts(), staging, asked, 'cli/1')).toEqual({ unlocked: false, because: 'no deployment holds its lock' });
    await expect(unlock(unlockPorts(), { ...staging, application: 'shop' }, asked, 'cli/1')).rejects.toMatchObject({
      name: 'ApplicationNotFound',
    });
  });

  it('wants to be told which environment, and why', async () => {
    await expect(unlockEnvironment('storefront', 'prod', asked)).rejects.toThrow('prod: an environment is one of staging, production');
    await expect(unlockEnvironment('storefront', 'production', {})).rejects.toThrow('--reason');
  });
});

function refuseReading(): void {
  stage.refuses = () => {
    throw new Error('no route to host');
  };
}
