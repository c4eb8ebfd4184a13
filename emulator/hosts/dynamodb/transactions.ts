import { createHash } from 'node:crypto';
import * as z from 'zod';
import { ApiError } from '../host.ts';
import { perform, validate } from './actions.ts';
import { checkCondition, keyOf, writeItem } from './item-operations.ts';
import { parse } from './parse.ts';
import { itemBytes } from './size.ts';
import type { Storage } from './storage.ts';
import { storeFor } from './store.ts';
import type { Item, Operation, Request, Response } from './wire.ts';

const LARGEST_TRANSACTION_BYTES = 4 * 1024 * 1024;
const TOKEN_LIFE_MS = 10 * 60_000;

const names = z.record(z.string(), z.string()).optional();
const onItem = {
  TableName: z.string(),
  ConditionExpression: z.string().optional(),
  ExpressionAttributeNames: names,
  ExpressionAttributeValues: z.record(z.string(), z.unknown()).optional(),
  ReturnValuesOnConditionCheckFailure: z.enum(['ALL_OLD', 'NONE']).optional(),
};
const keyed = { Key: z.record(z.string(), z.unknown()) };
const writes = z.strictObject({
  TransactItems: z
    .array(
      z.strictObject({
        Put: z.strictObject({ ...onItem, Item: z.record(z.string(), z.unknown()) }).optional(),
        Update: z.strictObject({ ...onItem, ...keyed, UpdateExpression: z.string() }).optional(),
        Delete: z.strictObject({ ...onItem, ...keyed }).optional(),
        ConditionCheck: z.strictObject({ ...onItem, ...keyed, ConditionExpression: z.string() }).optional(),
      }),
    )
    .min(1)
    .max(100),
  ClientRequestToken: z.string().min(1).max(36).optional(),
  ReturnConsumedCapacity: z.string().optional(),
  ReturnItemCollectionMetrics: z.string().optional(),
});
const reads = z.strictObject({
  TransactItems: z
    .array(
      z.strictObject({
        Get: z.strictObject({
          TableName: z.string(),
          ...keyed,
          ProjectionExpression: z.string().optional(),
          ExpressionAttributeNames: names,
        }),
      }),
    )
    .min(1)
    .max(100),
  ReturnConsumedCapacity: z.string().optional(),
});

const ACTIONS = { Put: 'putItem', Update: 'updateItem', Delete: 'deleteItem', ConditionCheck: 'deleteItem' } as const;

interface Step {
  readonly kind: keyof typeof ACTIONS;
  readonly request: Request;
  readonly wanted: unknown;
  readonly parsed: Request;
}

interface Reason {
  Code: 'None' | 'ConditionalCheckFailed' | 'ValidationError';
  Message?: string;
  Item?: Item;
}

/** TransactWriteItems and TransactGetItems; all or nothing because a request is one SQLite transaction. */
export function transactionOperations(storage: Storage): Record<string, Operation> {
  return {
    TransactWriteItems: (request) => transactWrite(storage, request),
    TransactGetItems: (request) => transactGet(storage, request),
  };
}

function transactWrite(storage: Storage, request: Request): Response {
  const { TransactItems, ClientRequestToken } = parse(writes, request);
  if (ClientRequestToken && alreadyDone(storage, ClientRequestToken, JSON.stringify(TransactItems))) return {};
  const steps = TransactItems.map(stepOf);
  refuseDuplicates(steps.map(({ parsed }) => `${parsed.TableName} ${keyOf(storage, parsed)}`));
  const reasons = steps.map((step) => attempt(storage, step));
  if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
  refuseTooLarge(steps.map(({ parsed }) => storage.items.read(parsed.TableName as string, keyOf(storage, parsed))));
  return {};
}

function stepOf(action: Record<string, Request | undefined>): Step {
  const [only, ...others] = Object.entries(action).filter(([, request]) => request);
  if (!only || others.length)
    throw new ApiError('ValidationException', 'TransactItems can only contain one of Check, Put, Update or Delete');
  const kind = only[0] as Step['kind'];
  const { ReturnValuesOnConditionCheckFailure: wanted, ...request } = only[1] as Request;
  const parsed = validate(ACTIONS[kind], request);
  return { kind, request, wanted, parsed };
}

function refuseDuplicates(keys: string[]): void {
  if (new Set(keys).size < keys.length)
    throw new ApiError('ValidationException', 'Transaction request cannot include multiple operations on one item');
}

function refuseTooLarge(items: (Item | undefined)[]): void {
  if (items.reduce((sum, item) => sum + itemBytes(item ?? {}), 0) > LARGEST_TRANSACTION_BYTES)
    throw new ApiError('ValidationException', 'The aggregate size of the items in the transaction exceeds 4 MB');
}

function attempt(storage: Storage, { kind, request, wanted, parsed }: Step): Reason {
  try {
    if (kind === 'ConditionCheck') checkCondition(storage, parsed, wanted);
    else writeItem(storage, ACTIONS[kind], { ...request, ReturnValuesOnConditionCheckFailure: wanted });
    return { Code: 'None' };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.name === 'ValidationException') return { Code: 'ValidationError', Message: error.message };
    if (error.name === 'ConditionalCheckFailedException')
      return { Code: 'ConditionalCheckFailed', Message: error.message, Item: error.fields.Item as Item | undefined };
    throw error;
  }
}

function cancelled(CancellationReasons: Reason[]): ApiError {
  const codes = CancellationReasons.map(({ Code }) => Code).join(', ');
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  return new ApiError('TransactionCanceledException', message, 400, { Message: message, CancellationReasons });
}

function alreadyDone({ database, context }: Storage, token: string, request: string): boolean {
  const now = context.clock.nowMs();
  const digest = createHash('sha256').update(request).digest('hex');
  database.run('delete from transaction_tokens where at <= ?', now - TOKEN_LIFE_MS);
  const known = database.get<{ digest: string }>('select digest from transaction_tokens where token = ?', token);
  if (known && known.digest !== digest)
    throw new ApiError('IdempotentParameterMismatchException', 'The token was used within 10 minutes for another request');
  if (!known) database.run('insert into transaction_tokens values (?, ?, ?)', token, digest, now);
  return known !== undefined;
}

function transactGet(storage: Storage, request: Request): Response {
  const gets = parse(reads, request).TransactItems.map(({ Get }) => validate('getItem', Get));
  refuseDuplicates(gets.map((get) => `${get.TableName} ${keyOf(storage, get)}`));
  const Responses = gets.map((get) => perform('getItem', get, storeFor(storage, get)));
  refuseTooLarge(Responses.map(({ Item }) => Item as Item | undefined));
  return { Responses: Responses.map(({ Item }) => (Item ? { Item } : {})) };
}
