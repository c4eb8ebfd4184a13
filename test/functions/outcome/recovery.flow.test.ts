import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Deployment } from '#deployment/deployment';
import { recoverDeployment } from '#outcome/recovery.flow';
import { deployments, locks, recoveryPorts } from '#services';
import { releaseIn } from '../../fixtures/deployment.ts';
import { PRODUCTION, World } from '../../fixtures/world.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

async function recovered(change: Partial<Deployment>): Promise<Deployment> {
  const deployment = await world.openDeployment(change);
  await recoverDeployment(recoveryPorts(), deployment, deployment.id, 'ABORTED');
  await recoverDeployment(recoveryPorts(), await deployments().read(deployment.id), deployment.id, 'ABORTED');
  return deployments().read(deployment.id);
}

describe('recoverDeployment', () => {
  it.each([
    ['Deployed', 'deployed', releaseIn('production'), 'stable through 2100 s'],
    [
      'RollbackFailed',
      'critical',
      releaseIn('production', { result: 'RollbackFailed', resultReason: 'still unhealthy' }),
      'still unhealthy',
    ],
    ['RolledBack', 'rolled-back', releaseIn('production', { result: 'RolledBack', resultReason: 'errors' }), 'errors'],
    ['Escalated', 'escalated', undefined, 'its execution was ABORTED from outside; no environment was being changed'],
  ])('records %s and sends one message (%s) when a lost execution is recovered twice', async (outcome, message, release, reason) => {
    const deployment = await recovered({ production: release });

    expect(deployment).toMatchObject({ outcome, outcomeReason: expect.stringContaining(reason) });
    expect(world.messages()).toEqual([message]);
    expect(world.started).toEqual([]);
  });

  it('gives the lock of a lost execution back, except after a failed rollback', async () => {
    await recovered({ id: 'one', production: releaseIn('production') });
    expect(await locks().read(PRODUCTION)).not.toHaveProperty('holder');

    await recovered({ id: 'two', production: releaseIn('production', { result: 'RollbackFailed' }) });
    expect(await locks().read(PRODUCTION)).toMatchObject({ holder: 'two' });
  });

  it('starts a rollback when the execution was lost during a change of production', async () => {
    await recovered({ production: world.underWay() });

    expect(world.started[0]).toMatch(/-recover-production$/);
    expect(world.messages()).toEqual([]);
  });
});
