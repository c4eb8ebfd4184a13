import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Claim, Deliveries } from '#ports/messages';

/** Longer than the function that sends may run: who crashed no longer sends when somebody else may. */
const LEASE_MS = 90_000;
const KEPT_SECONDS = 86_400;

/** Keeps who is sending what in one item per delivery, beside the deployment's markers. */
export class DynamoDbDeliveries implements Deliveries {
  readonly #db: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #now: () => Date;

  constructor(db: DynamoDBDocumentClient, table: string, now: () => Date) {
    this.#db = db;
    this.#table = table;
    this.#now = now;
  }

  async claim(claim: Claim): Promise<number> {
    const nowMs = this.#now().getTime();
    const free = 'attribute_not_exists(pk) OR freeAtMs <= :value';
    if (await this.#put(claim, nowMs + LEASE_MS, free, nowMs)) return 0;
    const { Item } = await this.#db.send(new GetCommand({ TableName: this.#table, Key: keyOf(claim), ConsistentRead: true }));
    return Math.max(1, Math.ceil(((Item?.freeAtMs ?? nowMs) - nowMs) / 1000));
  }

  async release(claim: Claim, seconds: number): Promise<void> {
    await this.#put(claim, this.#now().getTime() + seconds * 1000, 'holder = :value', claim.holder);
  }

  async #put(claim: Claim, freeAtMs: number, condition: string, value: string | number): Promise<boolean> {
    const expiresAt = Math.floor(freeAtMs / 1000) + KEPT_SECONDS;
    const put = new PutCommand({
      TableName: this.#table,
      Item: { ...keyOf(claim), holder: claim.holder, freeAtMs, expiresAt },
      ConditionExpression: condition,
      ExpressionAttributeValues: { ':value': value },
    });
    return this.#db.send(put).then(() => true, lost);
  }
}

const keyOf = ({ deploymentId, place }: Claim) => ({ pk: `deployment#${deploymentId}`, sk: `claim#${place}` });

function lost(error: unknown): false {
  if (error instanceof ConditionalCheckFailedException) return false;
  throw error;
}
