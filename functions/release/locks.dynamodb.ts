import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { AuditContention, FenceRaised } from '#platform/errors';
import type { Acquisition, LockKey, LockState, Locks, Waiter } from './locks.port.ts';

const LEASE_MS = 15 * 60_000;
const RACES_BEFORE_GIVING_UP = 12;

interface LockItem {
  readonly version: number;
  readonly fence: number;
  readonly holder?: string;
  readonly leaseUntil?: string;
  readonly heldBecause?: string;
  readonly waiters: readonly Waiter[];
  /** The deployment that passed the lock on, and the token to wake again. The new holder's first action removes it. */
  readonly handed?: { readonly from: string; readonly taskToken: string };
}

const unheld: LockItem = { version: 0, fence: 0, waiters: [] };

/**
 * Keeps each lock in one item and replaces it only if its version is unchanged.
 * If a lease lapses, the sweep looks at the lock; the lapse alone never passes the lock on.
 */
export class DynamoDbLocks implements Locks {
  readonly #db: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #now: () => Date;
  readonly #pause: (attempt: number) => Promise<void>;

  constructor(db: DynamoDBDocumentClient, table: string, now: () => Date, pause: (attempt: number) => Promise<void>) {
    this.#db = db;
    this.#table = table;
    this.#now = now;
    this.#pause = pause;
  }

  async acquire(key: LockKey, waiter: Waiter): Promise<Acquisition> {
    const after = await this.#change(key, (lock) => {
      if (lock.holder === waiter.deploymentId) return lock;
      const waiters = [...lock.waiters.filter((other) => other.deploymentId !== waiter.deploymentId), waiter];
      return lock.holder ? { ...lock, waiters } : this.#handTo(lock, waiter.deploymentId);
    });
    if (after.holder === waiter.deploymentId) return { acquired: true, fence: after.fence };
    return { acquired: false, holder: after.holder ?? '', heldBecause: after.heldBecause };
  }

  async release(key: LockKey, deploymentId: string) {
    const after = await this.#change(key, (lock) => {
      const waiters = lock.waiters.filter((other) => other.deploymentId !== deploymentId);
      if (lock.holder !== deploymentId) return waiters.length === lock.waiters.length ? lock : { ...lock, waiters };
      const free = { version: lock.version, fence: lock.fence, waiters };
      const [next] = waiters;
      return next ? { ...this.#handTo(free, next.deploymentId), handed: { from: deploymentId, taskToken: next.taskToken } } : free;
    });
    const { holder, handed, fence } = after;
    return holder && handed?.from === deploymentId ? { deploymentId: holder, taskToken: handed.taskToken, fence } : undefined;
  }

  async renew(key: LockKey, deploymentId: string, fence: number): Promise<void> {
    await this.#change(key, (lock) => {
      if (lock.holder !== deploymentId || lock.fence !== fence) {
        throw new FenceRaised(
          `${key.application} ${key.environment}: lock is held by ${lock.holder ?? 'no deployment'} at fence ${lock.fence}, not at ${fence}`,
        );
      }
      return { ...acting(lock), leaseUntil: this.#lease() };
    });
  }

  async raiseFence(key: LockKey, deploymentId: string): Promise<number> {
    const after = await this.#change(key, (lock) =>
      lock.holder === deploymentId ? { ...acting(lock), fence: lock.fence + 1, leaseUntil: this.#lease() } : lock,
    );
    return after.fence;
  }

  async keepHeld(key: LockKey, deploymentId: string, heldBecause: string): Promise<void> {
    await this.#change(key, (lock) => (lock.holder === deploymentId ? { ...lock, heldBecause } : lock));
  }

  async read(key: LockKey): Promise<LockState> {
    return this.#read(key);
  }

  async withdraw(key: LockKey, deploymentId: string): Promise<Waiter | undefined> {
    let withdrawn: Waiter | undefined;
    await this.#change(key, (lock) => {
      withdrawn = lock.waiters.find((waiter) => waiter.deploymentId === deploymentId);
      return withdrawn ? { ...lock, waiters: lock.waiters.filter((waiter) => waiter !== withdrawn) } : lock;
    });
    return withdrawn;
  }

  #handTo(lock: LockItem, holder: string): LockItem {
    const waiters = lock.waiters.filter((waiter) => waiter.deploymentId !== holder);
    return { version: lock.version, fence: lock.fence + 1, holder, leaseUntil: this.#lease(), waiters };
  }

  #lease = () => new Date(this.#now().getTime() + LEASE_MS).toISOString();

  async #read(key: LockKey): Promise<LockItem> {
    const found = await this.#db.send(new GetCommand({ TableName: this.#table, Key: itemKey(key), ConsistentRead: true }));
    return (found.Item?.lock as LockItem | undefined) ?? unheld;
  }

  async #change(key: LockKey, decide: (lock: LockItem) => LockItem): Promise<LockItem> {
    for (let attempt = 0; attempt < RACES_BEFORE_GIVING_UP; attempt++) {
      const lock = await this.#read(key);
      const next = decide(lock);
      if (next === lock) return lock;
      if (await this.#replace(key, lock.version, { ...next, version: lock.version + 1 })) return next;
      await this.#pause(attempt);
    }
    throw new AuditContention(`lock of ${key.application} ${key.environment}`);
  }

  async #replace(key: LockKey, seenVersion: number, lock: LockItem): Promise<boolean> {
    const condition = seenVersion === 0 ? 'attribute_not_exists(pk)' : '#lock.#version = :seen';
    const names =
      seenVersion === 0
        ? {}
        : { ExpressionAttributeNames: { '#lock': 'lock', '#version': 'version' }, ExpressionAttributeValues: { ':seen': seenVersion } };
    try {
      await this.#db.send(
        new PutCommand({ TableName: this.#table, Item: { ...itemKey(key), lock }, ConditionExpression: condition, ...names }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

const itemKey = (key: LockKey) => ({ pk: `lock#${key.application}#${key.environment}`, sk: 'lock' });

const acting = ({ handed, ...lock }: LockItem): LockItem => lock;
