import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DynamoDbLocks } from '#release/locks.dynamodb';
import type { LockKey, LockState } from '#release/locks.port';
import { Tables } from '../../fixtures/tables.ts';

const key = { application: 'shop', environment: 'production' } as const;
const waiter = (deploymentId: string) => ({ deploymentId, taskToken: `token of ${deploymentId}` });

let nowMs: number;
const pauses: number[] = [];
let tables: Tables;
let locks: DynamoDbLocks;
beforeEach(async () => {
  nowMs = Date.parse('2026-01-01T00:00:00.000Z');
  pauses.length = 0;
  tables = await Tables.open();
  const pause = async (attempt: number) => void pauses.push(attempt);
  locks = new DynamoDbLocks(tables.documents, tables.names.deployments, () => new Date(nowMs), pause);
});
afterEach(() => tables.close());

interface Kept extends LockState {
  readonly version: number;
}

const itemKey = ({ application, environment }: LockKey) => ({ pk: `lock#${application}#${environment}`, sk: 'lock' });
async function kept(of: LockKey = key): Promise<Kept | undefined> {
  const { Item } = await tables.rival.send(new GetCommand({ TableName: tables.names.deployments, Key: itemKey(of), ConsistentRead: true }));
  return Item?.lock;
}

/** Lets another writer replace the lock between the read and the write of the next attempts. */
const lose = (races: number, of: LockKey = key) =>
  tables.instead(PutCommand, async (_, proceed) => {
    if (races-- > 0) {
      const lock = (await kept(of)) ?? { version: 0, fence: 0, waiters: [] };
      const Item = { ...itemKey(of), lock: { ...lock, version: lock.version + 1 } };
      await tables.rival.send(new PutCommand({ TableName: tables.names.deployments, Item }));
    }
    return proceed();
  });

describe('DynamoDbLocks', () => {
  it('reads the item of a lock consistently, and writes it only under the version that it read', async () => {
    await locks.acquire(key, waiter('a'));
    nowMs += 60_000;
    await locks.renew(key, 'a', 1);

    expect(tables.sent(GetCommand)[0]).toEqual({
      TableName: tables.names.deployments,
      Key: { pk: 'lock#shop#production', sk: 'lock' },
      ConsistentRead: true,
    });
    const item = { TableName: tables.names.deployments, Item: { pk: 'lock#shop#production', sk: 'lock' } };
    const holding = (version: number, leaseUntil: string) => ({ version, fence: 1, holder: 'a', leaseUntil, waiters: [] });
    expect(tables.sent(PutCommand)).toEqual([
      {
        ...item,
        Item: { ...item.Item, lock: holding(1, '2026-01-01T00:15:00.000Z') },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
      {
        ...item,
        Item: { ...item.Item, lock: holding(2, '2026-01-01T00:16:00.000Z') },
        ConditionExpression: '#lock.#version = :seen',
        ExpressionAttributeNames: { '#lock': 'lock', '#version': 'version' },
        ExpressionAttributeValues: { ':seen': 1 },
      },
    ]);
  });

  it('gives the holder the same fence again without a write', async () => {
    await locks.acquire(key, waiter('a'));

    expect(await locks.acquire(key, waiter('a'))).toEqual({ acquired: true, fence: 1 });
    expect(tables.sent(PutCommand)).toHaveLength(1);
  });

  it('keeps one place in the queue per waiter, with the newest token', async () => {
    await locks.acquire(key, waiter('a'));
    await locks.acquire(key, { deploymentId: 'b', taskToken: 'old' });
    await locks.acquire(key, { deploymentId: 'b', taskToken: 'new' });

    expect(await locks.release(key, 'a')).toEqual({ deploymentId: 'b', taskToken: 'new', fence: 2 });
    expect((await kept())?.waiters).toEqual([]);
  });

  it('returns the same next holder when a release is repeated, so that a crash before the wake loses no waiter', async () => {
    await locks.acquire(key, waiter('a'));
    await locks.acquire(key, waiter('b'));
    const first = await locks.release(key, 'a');

    expect(await locks.release(key, 'a')).toEqual(first);
    expect(tables.sent(PutCommand)).toHaveLength(3);
  });

  it('returns the next holder even if DynamoDB stored the release but its response was lost', async () => {
    await locks.acquire(key, waiter('a'));
    await locks.acquire(key, waiter('b'));
    let answerLost = false;
    tables.instead(PutCommand, async (_, proceed) => {
      const answer = await proceed();
      if (answerLost) return answer;
      answerLost = true;
      throw new ConditionalCheckFailedException({ message: 'lost', $metadata: {} });
    });

    expect(await locks.release(key, 'a')).toEqual({ ...waiter('b'), fence: 2 });
  });

  it('returns no holder to wake after the next holder has acted or was recovered', async () => {
    await locks.acquire(key, waiter('a'));
    await locks.acquire(key, waiter('b'));
    await locks.release(key, 'a');
    await locks.renew(key, 'b', 2);
    expect(await locks.release(key, 'a')).toBeUndefined();

    await locks.acquire(key, waiter('c'));
    await locks.release(key, 'b');
    expect(await locks.raiseFence(key, 'c')).toBe(4);
    expect(await locks.release(key, 'b')).toBeUndefined();
  });

  it('leaves the lock as it is when a deployment without the lock acts on it', async () => {
    await locks.acquire(key, waiter('a'));

    expect(await locks.release(key, 'x')).toBeUndefined();
    expect(await locks.raiseFence(key, 'x')).toBe(1);
    await locks.keepHeld(key, 'x', 'because');
    await expect(locks.renew(key, 'x', 1)).rejects.toThrow('shop production: lock is held by a at fence 1, not at 1');
    expect(tables.sent(PutCommand)).toHaveLength(1);
  });

  it('names no deployment in the refusal when the lock is free', async () => {
    await expect(locks.renew(key, 'a', 1)).rejects.toThrow('held by no deployment at fence 0');
  });

  it('keeps the lock after a failed rollback and says why', async () => {
    await locks.acquire(key, waiter('a'));
    await locks.keepHeld(key, 'a', 'a person must look');

    expect(await locks.read(key)).toMatchObject({ holder: 'a', fence: 1, heldBecause: 'a person must look' });
    expect(await locks.acquire(key, waiter('b'))).toEqual({ acquired: false, holder: 'a', heldBecause: 'a person must look' });
  });

  it('drops the reason of the last holder when the lock goes to the next one', async () => {
    await locks.acquire(key, waiter('a'));
    await locks.acquire(key, waiter('b'));
    await locks.keepHeld(key, 'a', 'a person must look');
    await locks.release(key, 'a');

    expect(await locks.read(key)).not.toHaveProperty('heldBecause');
  });

  it('keeps the lock for its holder after the lease has expired', async () => {
    await locks.acquire(key, waiter('a'));
    nowMs += 24 * 3_600_000;

    expect(await locks.acquire(key, waiter('b'))).toEqual({ acquired: false, holder: 'a' });
  });

  it('returns the token of a waiter that withdraws once, and never that of the holder', async () => {
    await locks.acquire(key, waiter('a'));
    await locks.acquire(key, waiter('b'));

    expect(await locks.withdraw(key, 'b')).toEqual(waiter('b'));
    expect(await locks.withdraw(key, 'b')).toBeUndefined();
    expect(await locks.withdraw(key, 'a')).toBeUndefined();
    expect(await locks.release(key, 'a')).toBeUndefined();
  });

  it('hands a lock on under a higher fence, and only when the holder releases it', async () => {
    expect(await locks.acquire(key, waiter('a'))).toEqual({ acquired: true, fence: 1 });
    expect(await locks.acquire(key, waiter('b'))).toEqual({ acquired: false, holder: 'a' });
    expect(await locks.acquire(key, waiter('c'))).toEqual({ acquired: false, holder: 'a' });
    expect(await locks.release(key, 'b')).toBeUndefined();
    expect(await locks.release(key, 'a')).toEqual({ ...waiter('c'), fence: 2 });
    expect(await locks.release(key, 'c')).toBeUndefined();
    expect(await locks.read(key)).not.toHaveProperty('holder');
  });

  it('refuses an action under an old fence', async () => {
    await locks.acquire(key, waiter('a'));

    expect(await locks.raiseFence(key, 'a')).toBe(2);
    await expect(locks.renew(key, 'a', 1)).rejects.toMatchObject({ name: 'FenceRaised' });
    await expect(locks.renew(key, 'a', 2)).resolves.toBeUndefined();
  });

  it('reads the lock again after a lost race', async () => {
    lose(1);

    expect(await locks.acquire(key, waiter('a'))).toMatchObject({ acquired: true });
    expect(pauses).toEqual([0]);
  });

  it('throws AuditContention after 12 lost races, and rethrows any other error', async () => {
    lose(12);
    await expect(locks.acquire(key, waiter('a'))).rejects.toMatchObject({
      name: 'AuditContention',
      message: expect.stringContaining('lock of shop production'),
    });
    expect(pauses).toEqual(Array.from({ length: 12 }, (_, attempt) => attempt));

    tables.instead(PutCommand, () => {
      throw new Error('AccessDeniedException');
    });
    await expect(locks.acquire(key, waiter('a'))).rejects.toThrow('AccessDeniedException');
  });
});

const names = ['a', 'b', 'c', 'd'] as const;
const action = fc.record({
  act: fc.constantFrom('acquire', 'release', 'withdraw', 'raise', 'renew'),
  who: fc.constantFrom(...names),
  races: fc.integer({ min: 0, max: 3 }),
});

describe('DynamoDbLocks under random actions and lost races', () => {
  it('gives a lock one holder at a time, under a fence that only grows', async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
        const lock = { application: `shop ${runs++}`, environment: 'production' } as const;
        for (const { act, who, races } of actions) {
          const before = await kept(lock);
          lose(races, lock);
          if (act === 'acquire') await locks.acquire(lock, waiter(who));
          if (act === 'release') await locks.release(lock, who);
          if (act === 'withdraw') await locks.withdraw(lock, who);
          if (act === 'raise') await locks.raiseFence(lock, who);
          if (act === 'renew' && before?.holder === who) await locks.renew(lock, who, before.fence);
          const after = await kept(lock);

          const queue = (after?.waiters ?? []).map(({ deploymentId }) => deploymentId);
          expect(new Set(queue).size).toBe(queue.length);
          expect(queue).not.toContain(after?.holder);
          expect(after?.holder !== undefined || queue.length === 0).toBe(true);
          expect(after?.fence ?? 0).toBeGreaterThanOrEqual(before?.fence ?? 0);
          if (after?.holder && after.holder !== before?.holder) expect(after.fence).toBeGreaterThan(before?.fence ?? 0);
          if (before?.holder && before.holder !== after?.holder) expect({ act, who }).toEqual({ act: 'release', who: before.holder });
        }
      }),
      { seed: 11, numRuns: 150 },
    );
  });
});
