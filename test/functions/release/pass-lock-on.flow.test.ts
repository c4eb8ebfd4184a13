import { SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { genesisHash } from '#deployment/audit-chain';
import { passLockOn } from '#release/pass-lock-on.flow';
import { deployments, lockPorts, locks } from '#services';
import { deploymentWith } from '../../fixtures/deployment.ts';

const db = mockClient(DynamoDBDocumentClient);
const sfn = mockClient(SFNClient);
const key = { application: 'storefront', environment: 'staging' } as const;
const entry = (entryKey: string) => ({ entryKey, actor: 'sluice/FinishRelease' });
const items = new Map<string, Record<string, unknown>>();
const keep = (item: Record<string, unknown>) => items.set(`${item.pk ?? item.deploymentId}/${item.sk ?? item.sequence}`, item);
const woken = () => sfn.commandCalls(SendTaskSuccessCommand).map(({ args }) => args[0].input.taskToken);
const awaited = { type: 'LockAwaited', environment: 'staging', holder: 'a' } as const;
const end = (id: string) =>
  deployments().record(id, entry(`${id}/ends`), (current) => ({
    event: { type: 'OutcomeRecorded', outcome: 'Escalated', reason: 'it was lost' },
    next: { ...current, status: 'Escalated', outcome: 'Escalated' },
  }));
const rows = () => [...items.values()].filter((item) => 'previousHash' in item).map((item) => (item.event as { type: string }).type);

beforeAll(() => {
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('DEPLOYMENTS_TABLE', 'D');
  vi.stubEnv('AUDIT_TABLE', 'A');
});
afterAll(() => vi.unstubAllEnvs());

beforeEach(async () => {
  db.reset();
  sfn.reset();
  items.clear();
  db.on(GetCommand).callsFake(({ Key }) => ({ Item: structuredClone(items.get(`${Key.pk}/${Key.sk}`)) }));
  db.on(PutCommand).callsFake(({ Item }) => keep(structuredClone(Item)) && {});
  db.on(TransactWriteCommand).callsFake(({ TransactItems }) => {
    for (const { Put } of TransactItems) keep(structuredClone(Put.Item));
    return {};
  });
  const waiting = deploymentWith({ id: 'b', headHash: genesisHash, staging: undefined, production: undefined, outcome: undefined });
  await deployments().create({ ...waiting, status: 'Resolving' }, awaited, entry('intake'));
  await locks().acquire(key, { deploymentId: 'a', taskToken: 'token of a' });
  await locks().acquire(key, { deploymentId: 'b', taskToken: 'token of b' });
});

describe('handing a lock on', () => {
  it('opens the release of the one who waited under the new fence, and wakes its task', async () => {
    await passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'));

    expect(await deployments().read('b')).toMatchObject({ status: 'Staging', staging: { fence: 2, attempt: 1 } });
    expect(rows()).toEqual(['LockAwaited', 'LockAcquired']);
    expect(woken()).toEqual(['token of b']);
  });

  it('wakes the waiter at the next try where the first one was killed before it could', async () => {
    sfn.on(SendTaskSuccessCommand).rejectsOnce(new Error('killed')).resolves({});

    await expect(passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'))).rejects.toThrow('killed');
    await passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'));

    expect(woken()).toEqual(['token of b', 'token of b']);
    expect(rows()).toEqual(['LockAwaited', 'LockAcquired']);
  });

  it('finishes also where the first one was killed right after the lock was released', async () => {
    await locks().release(key, 'a');
    await passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'));

    expect(await deployments().read('b')).toMatchObject({ staging: { fence: 2 } });
    expect(woken()).toEqual(['token of b']);
  });

  it('opens one release per fence, also where recovery repeats it under another entry key', async () => {
    await passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'));
    await passLockOn(lockPorts(), key, 'a', entry('lost/staging'));

    expect(await deployments().read('b')).toMatchObject({ staging: { fence: 2, attempt: 1 } });
    expect(rows()).toEqual(['LockAwaited', 'LockAcquired']);
  });

  it('passes over whoever has ended while it waited, whose status stays what it was', async () => {
    const next = deploymentWith({ id: 'c', headHash: genesisHash, staging: undefined, production: undefined, outcome: undefined });
    await deployments().create({ ...next, status: 'Resolving' }, awaited, entry('intake/c'));
    await locks().acquire(key, { deploymentId: 'c', taskToken: 'token of c' });
    await end('b');

    await passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'));

    expect(await deployments().read('b')).toMatchObject({ status: 'Escalated', outcome: 'Escalated' });
    expect(await locks().read(key)).toMatchObject({ holder: 'c', waiters: [] });
    expect(woken()).toEqual(['token of c']);
  });

  it('hands it on at once where its next holder ends in that moment', async () => {
    db.on(PutCommand).callsFake(async ({ Item }) => {
      keep(structuredClone(Item));
      await end('b');
    });

    await passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'));

    expect(await locks().read(key)).not.toHaveProperty('holder');
    expect(woken()).toEqual([]);
  });

  it('wakes nobody where nobody waits, or where the lock is another’s', async () => {
    await passLockOn(lockPorts(), key, 'x', entry('x/FinishRelease'));
    await locks().withdraw(key, 'b');
    await passLockOn(lockPorts(), key, 'a', entry('a/FinishRelease'));

    expect(woken()).toEqual([]);
    expect(rows()).toEqual(['LockAwaited']);
  });
});
