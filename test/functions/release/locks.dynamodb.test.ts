import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { DynamoDbLocks } from '#release/locks.dynamodb';

const db = mockClient(DynamoDBDocumentClient);
const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
const start = Date.parse('2026-01-01T00:00:00.000Z');
let nowMs: number;
const pauses: number[] = [];
const locks = new DynamoDbLocks(
  client,
  'D',
  () => new Date(nowMs),
  async (attempt) => {
    pauses.push(attempt);
  },
);
const key = { application: 'shop', environment: 'production' } as const;
const waiter = (deploymentId: string) => ({ deploymentId, taskToken: `token of ${deploymentId}` });
const conditionFailed = () => new ConditionalCheckFailedException({ message: 'lost', $metadata: {} });

interface Kept {
  readonly version: number;
  readonly fence: number;
  readonly holder?: string;
  readonly waiters: readonly { deploymentId: string }[];
}
let kept: Kept | undefined;

/** Keeps the item as DynamoDB does: a put whose condition does not hold is refused. */
function put({ Item, ConditionExpression, ExpressionAttributeValues }: PutCommand['input']) {
  const holds = ConditionExpression === 'attribute_not_exists(pk)' ? !kept : kept?.version === ExpressionAttributeValues?.[':seen'];
  if (!holds) throw conditionFailed();
  kept = structuredClone(Item?.lock);
  return {};
}

function reset() {
  db.reset();
  kept = undefined;
  nowMs = start;
  pauses.length = 0;
  db.on(GetCommand).callsFake(() => (kept ? { Item: { lock: structuredClone(kept) } } : {}));
  db.on(PutCommand).callsFake(put);
}

beforeEach(reset);

const puts = () => db.commandCalls(PutCommand).map(({ args }) => args[0].input);

describe('a lock', () => {
  it('is one item that is read consistently, made where there was none and replaced under its version', async () => {
    await locks.acquire(key, waiter('a'));
    nowMs += 60_000;
    await locks.renew(key, 'a', 1);

    expect(db.commandCalls(GetCommand)[0]?.args[0].input).toEqual({
      TableName: 'D',
      Key: { pk: 'lock#shop#production', sk: 'lock' },
      ConsistentRead: true,
    });
    expect(puts()).toEqual([
      {
        TableName: 'D',
        Item: {
          pk: 'lock#shop#production',
          sk: 'lock',
          lock: { version: 1, fence: 1, holder: 'a', leaseUntil: '2026-01-01T00:15:00.000Z', waiters: [] },
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
      {
        TableName: 'D',
        Item: {
          pk: 'lock#shop#production',
          sk: 'lock',
          lock: { version: 2, fence: 1, holder: 'a', leaseUntil: '2026-01-01T00:16:00.000Z', waiters: [] },
        },
        ConditionExpression: '#lock.#version = :seen',
        ExpressionAttributeNames: { '#lock': 'lock', '#version': 'version' },
        ExpressionAttributeValues: { ':seen': 1 },
      },
    ]);
  });

  it('is acquired once by who holds it already, without a write and under the same fence', async () => {
    await locks.acquire(key, waiter('a'));

    expect(await locks.acquire(key, waiter('a'))).toEqual({ acquired: true, fence: 1 });
    expect(puts()).toHaveLength(1);
  });

  it('keeps one place per waiter, with the newest token', async () => {
    await locks.acquire(key, waiter('a'));
    await locks.acquire(key, { deploymentId: 'b', taskToken: 'old' });
    await locks.acquire(key, { deploymentId: 'b', taskToken: 'new' });

    expect(await locks.release(key, 'a')).toEqual({ deploymentId: 'b', taskToken: 'new', fence: 2 });
    expect(kept?.waiters).toEqual([]);
  });

  it('answers the same next holder when its release is repeated, so that a crash before the wake loses nobody', async () => {
    await locks.acquire(key, waiter('a'));
    await locks.acquire(key, waiter('b'));
    const first = await locks.release(key, 'a');

    expect(await locks.release(key, 'a')).toEqual(first);
    expect(puts()).toHaveLength(3);
  });

  it('answers the next holder also when DynamoDB kept the release but its answer was lost', async () => {
    await locks.acquire(key, waiter('a'));
    await locks.acquire(key, waiter('b'));
    let answerLost = false;
    db.on(PutCommand).callsFake((input) => {
      put(input);
      if (answerLost) return {};
      answerLost = true;
      throw conditionFailed();
    });

    expect(await locks.release(key, 'a')).toEqual({ ...waiter('b'), fence: 2 });
  });

  it('names nobody to wake any more once the next holder has acted or was recovered', async () => {
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

  it('is not freed, renewed, raised or marked by who does not hold it', async () => {
    await locks.acquire(key, waiter('a'));

    expect(await locks.release(key, 'x')).toBeUndefined();
    expect(await locks.raiseFence(key, 'x')).toBe(1);
    await locks.keepHeld(key, 'x', 'because');
    await expect(locks.renew(key, 'x', 1)).rejects.toThrow('shop production: lock is held by a at fence 1, not at 1');
    expect(puts()).toHaveLength(1);
  });

  it('that nobody holds names nobody in its refusal', async () => {
    await expect(locks.renew(key, 'a', 1)).rejects.toThrow('held by no deployment at fence 0');
  });

  it('stays held after a failed rollback and says why', async () => {
    await locks.acquire(key, waiter('a'));
    await locks.keepHeld(key, 'a', 'a person must look');

    expect(await locks.read(key)).toMatchObject({ holder: 'a', fence: 1, heldBecause: 'a person must look' });
    expect(await locks.acquire(key, waiter('b'))).toEqual({ acquired: false, holder: 'a', heldBecause: 'a person must look' });
  });

  it('does not hand the reason of its last holder on', async () => {
    await locks.acquire(key, waiter('a'));
    await locks.acquire(key, waiter('b'));
    await locks.keepHeld(key, 'a', 'a person must look');
    await locks.release(key, 'a');

    expect(await locks.read(key)).not.toHaveProperty('heldBecause');
  });

  it('outlives its lease: nobody else gets it by waiting', async () => {
    await locks.acquire(key, waiter('a'));
    nowMs += 24 * 3_600_000;

    expect(await locks.acquire(key, waiter('b'))).toEqual({ acquired: false, holder: 'a' });
  });

  it('answers the token of a waiter who withdraws, once, and never the holder’s', async () => {
    await locks.acquire(key, waiter('a'));
    await locks.acquire(key, waiter('b'));

    expect(await locks.withdraw(key, 'b')).toEqual(waiter('b'));
    expect(await locks.withdraw(key, 'b')).toBeUndefined();
    expect(await locks.withdraw(key, 'a')).toBeUndefined();
    expect(await locks.release(key, 'a')).toBeUndefined();
  });

  it('gives up as AuditContention after twelve lost races, and takes no other refusal for one', async () => {
    db.on(PutCommand).rejects(conditionFailed());
    await expect(locks.acquire(key, waiter('a'))).rejects.toMatchObject({
      name: 'AuditContention',
      message: expect.stringContaining('lock of shop production'),
    });
    expect(pauses).toEqual(Array.from({ length: 12 }, (_, attempt) => attempt));

    db.on(PutCommand).rejects(new Error('AccessDeniedException'));
    await expect(locks.acquire(key, waiter('a'))).rejects.toThrow('AccessDeniedException');
  });
});

const names = ['a', 'b', 'c', 'd'] as const;
const action = fc.record({
  act: fc.constantFrom('acquire', 'release', 'withdraw', 'raise', 'renew'),
  who: fc.constantFrom(...names),
  races: fc.integer({ min: 0, max: 3 }),
});

describe('whatever deployments do to a lock, in any order and through lost races', () => {
  it('it has one holder who is in no queue, its fence never falls, and a new holder has a higher one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
        reset();
        for (const { act, who, races } of actions) {
          const before = kept;
          let toLose = races;
          db.on(PutCommand).callsFake((input) => {
            if (toLose-- > 0) throw conditionFailed();
            return put(input);
          });
          if (act === 'acquire') await locks.acquire(key, waiter(who));
          if (act === 'release') await locks.release(key, who);
          if (act === 'withdraw') await locks.withdraw(key, who);
          if (act === 'raise') await locks.raiseFence(key, who);
          if (act === 'renew' && kept?.holder === who) await locks.renew(key, who, kept.fence);

          const queue = (kept?.waiters ?? []).map(({ deploymentId }) => deploymentId);
          expect(new Set(queue).size).toBe(queue.length);
          expect(queue).not.toContain(kept?.holder);
          expect(kept?.holder !== undefined || queue.length === 0).toBe(true);
          expect(kept?.fence ?? 0).toBeGreaterThanOrEqual(before?.fence ?? 0);
          if (kept?.holder && kept.holder !== before?.holder) expect(kept.fence).toBeGreaterThan(before?.fence ?? 0);
          if (before?.holder && before.holder !== kept?.holder) expect({ act, who }).toEqual({ act: 'release', who: before.holder });
        }
      }),
      { seed: 11, numRuns: 150 },
    );
  });
});
