import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askToStop } from '#approval/ask-to-stop.flow';
import { handler as acquireLock } from '#handlers/acquire-lock';
import { locks, stopPorts } from '#services';
import { PRODUCTION, World } from '../../fixtures/world.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

describe('AcquireLock', () => {
  it('takes a release off the queue when a person asked to stop while it joined', async () => {
    await locks().acquire(PRODUCTION, { deploymentId: 'before', taskToken: 'token of before' });
    const deployment = await world.openDeployment({ production: undefined });
    await locks().withdraw(PRODUCTION, deployment.id);
    world.tables.instead(PutCommand, async (_, proceed) => {
      world.tables.undisturbed();
      await askToStop(stopPorts(), deployment.id, { kind: 'cancel', by: 'operator ana', reason: 'odd' }, 'test/stop');
      return proceed();
    });

    await world.task(acquireLock, deployment, { taskToken: 'token of it' });

    expect(await locks().read(PRODUCTION)).toMatchObject({ holder: 'before', waiters: [] });
    expect(world.woken()).toContain('token of it');
  });
});
