import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Claim, Claimed, Deliveries } from './messages.port.ts';

/** Longer than the sending function may run. So a crashed sender has ended before another one may send. */
const LEASE_MS = 90_000;
const KEPT_SECONDS = 86_400;

/** Keeps the claim on each delivery in one item, beside the deployment's markers. */
export class DynamoDbDeliveries implements Deliveries {
  readonly #db: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #now: () => Date;

  constructor(db: DynamoDBDocumentClient, table: string, now: () => Date) {
    this.#db = db;
    this.#table = table;
    this.#now = now;
  }

  async claim(claim: Claim): Promise<Claimed> {
    const nowMs = this.#now().getTime();
    const { Item } = await this.#db.send(new GetCommand({ TableName: this.#table, Key: keyOf(claim), ConsistentRead: true }));
    if (Item && Item.freeAtMs > nowMs) return { againInSeconds: Math.ceil((Item.freeAtMs - nowMs) / 1000) };
    const attempt = (Item?.attempt ?? 0) + 1;
    const asSeen = Item ? { condition: 'freeAtMs = :seen', seen: Item.freeAtMs } : { condition: 'attribute_not_exists(pk)' };
    const won = await this.#put(claim, { attempt, freeAtMs: nowMs + LEASE_MS }, asSeen);
    return won ? { attempt } : { againInSeconds: LEASE_MS / 1000 };
  }

  async release(claim: Claim, attempt: number, seconds: number): Promise<void> {
    const freeAtMs = this.#now().getTime() + seconds * 1000;
    await this.#put(claim, { attempt, freeAtMs }, { condition: 'holder = :seen', seen: claim.holder });
  }

  async #put(claim: Claim, state: { attempt: number; freeAtMs: number }, { condition, seen }: AsSeen): Promise<boolean> {
    const expiresAt = Math.floor(state.freeAtMs / 1000) + KEPT_SECONDS;
    const put = new PutCommand({
      TableName: this.#table,
      Item: { ...keyOf(claim), holder: claim.holder, ...state, expiresAt },
      ConditionExpression: condition,
      ...(seen !== undefined && { ExpressionAttributeValues: { ':seen': seen } }),
    });
    return this.#db.send(put).then(() => true, lost);
  }
}

interface AsSeen {
  readonly condition: string;
  readonly seen?: string | number;
}

const keyOf = ({ deploymentId, entryKey }: Claim) => ({ pk: `deployment#${deploymentId}`, sk: `claim#${entryKey}` });

function lost(error: unknown): false {
  if (error instanceof ConditionalCheckFailedException) return false;
  throw error;
}
