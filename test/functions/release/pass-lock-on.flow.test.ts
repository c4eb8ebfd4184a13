import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { genesisHash } from '#deployment/audit-chain';
import { passLockOn } from '#release/pass-lock-on.flow';
import { deployments, lockPorts, locks } from '#services';
import { deploymentWith } from '../../fixtures/deployment.ts';
import { World } from '../../fixtures/world.ts';

const key = { application: 'storefront', environment: 'staging' } as const;
const entry = (entryKey: string) => ({ entryKey, actor: 'sluice/FinishRelease' });
const awaited = { type: 'LockAwaited', environment: 'staging', holder: 'a' } as const;
const end = (id: string) =>
  deployments().record(id, entry(`${id}/ends`), (current) => ({
    event: { type: 'OutcomeRecorded', outcome: 'Escalated', reason: 'it was lost' },
    next: { ...current, status: 'Escalated', outcome: 'Escalated' },
  }));

let world: World;
const rows = async () => (await world.events()).map(({ type }) => type);
const queueUp = async (id: string) => {
  const waiting = deploymentWith({ id, headHash: genesisHash, staging: undefined, production: undefined, outcome: undefined });
  await deployments().create({ ...waiting, status: 'Resolving' }, awaited, entry('intake'));
  await locks().acquire(key, { deploymentId: id, taskToken: `token of ${id}` });
};

beforeEach(async () => {
  world = await World.open();
  await locks().acquire(key, { deploymentId: 'a', taskToken: 'token of a' });
  await queueUp('b');
});
afterEach(() => world.close());

describe('passLockOn', () => {
  it('opens the release of the next waiter under the new fence, and wakes its task', async () => {
    await passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'));

    expect(await deployments().read('b')).toMatchObject({ status: 'Staging', staging: { fence: 2, attempt: 1 } });
    expect(await rows()).toEqual(['LockAwaited', 'LockAcquired']);
    expect(world.woken()).toEqual(['token of b']);
  });

  it('wakes the waiter at the next try if the first try was killed before the wake', async () => {
    world.sfn.on(SendTaskSuccessCommand).rejectsOnce(new Error('killed')).resolves({});

    await expect(passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'))).rejects.toThrow('killed');
    await passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'));

    expect(world.woken()).toEqual(['token of b', 'token of b']);
    expect(await rows()).toEqual(['LockAwaited', 'LockAcquired']);
  });

  it('wakes the waiter at the next try if the first try was killed right after it released the lock', async () => {
    await locks().release(key, 'a');
    await passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'));

    expect(await deployments().read('b')).toMatchObject({ staging: { fence: 2 } });
    expect(world.woken()).toEqual(['token of b']);
  });

  it('opens one release per fence, even if recovery repeats it under another entry key', async () => {
    await passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'));
    await passLockOn(lockPorts(), key, 'a', entry('lost/staging'));

    expect(await deployments().read('b')).toMatchObject({ staging: { fence: 2, attempt: 1 } });
    expect(await rows()).toEqual(['LockAwaited', 'LockAcquired']);
  });

  it('skips a waiter that has ended, and keeps the status of that waiter', async () => {
    await queueUp('c');
    await end('b');

    await passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'));

    expect(await deployments().read('b')).toMatchObject({ status: 'Escalated', outcome: 'Escalated' });
    expect(await locks().read(key)).toMatchObject({ holder: 'c', waiters: [] });
    expect(world.woken()).toEqual(['token of c']);
  });

  it('releases the lock at once if the next holder ends in that moment', async () => {
    world.tables.instead(PutCommand, async (_, proceed) => {
      await proceed();
      await end('b');
    });

    await passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'));

    expect(await locks().read(key)).not.toHaveProperty('holder');
    expect(world.woken()).toEqual([]);
  });

  it('wakes no task if no deployment waits or another deployment holds the lock', async () => {
    await passLockOn(lockPorts(), key, 'x', entry('x/FinishRelease'));
    await locks().withdraw(key, 'b');
    await passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'));

    expect(world.woken()).toEqual([]);
    expect(await rows()).toEqual(['LockAwaited']);
  });
});
