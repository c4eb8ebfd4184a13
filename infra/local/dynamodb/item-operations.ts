import db from 'dynalite/db/index.js';
import { ApiError } from '../host.ts';
import { type Performed, perform, validate } from './actions.ts';
import { refuseDocumentComparison } from './conditions.ts';
import { itemBytes } from './size.ts';
import type { Storage } from './storage.ts';
import { storeFor } from './store.ts';
import type { Item, Operation, Request, Response } from './wire.ts';

const LARGEST_BATCH_BYTES = 16 * 1024 * 1024;

/** The operations on items that dynalite has, each over our storage. */
export function itemOperations(storage: Storage): Record<string, Operation> {
  const run = (operation: Performed) => (request: Request) => {
    const parsed = validate(operation, request);
    refuseDocumentComparison(parsed);
    refuseFetchThroughIndex(storage, parsed);
    return perform(operation, parsed, storeFor(storage, parsed));
  };
  return {
    GetItem: run('getItem'),
    PutItem: (request) => writeItem(storage, 'putItem', request),
    UpdateItem: (request) => writeItem(storage, 'updateItem', request),
    DeleteItem: (request) => writeItem(storage, 'deleteItem', request),
    BatchWriteItem: run('batchWriteItem'),
    BatchGetItem: (request) => batchGetItem(storage, request),
    Scan: run('scan'),
    Query: run('query'),
  };
}

/** Writes one item; a failed condition answers the item when the request wants it. */
export function writeItem(storage: Storage, operation: 'putItem' | 'updateItem' | 'deleteItem', request: Request): Response {
  const { ReturnValuesOnConditionCheckFailure: wanted, ...rest } = request;
  const parsed = validate(operation, rest);
  refuseDocumentComparison(parsed);
  try {
    return perform(operation, parsed, storeFor(storage, parsed));
  } catch (error) {
    throw withItem(storage, parsed, wanted, error as Error);
  }
}

/** Adds the item that failed a condition to the error, when the request asked for ALL_OLD. */
export function withItem(storage: Storage, parsed: Request, wanted: unknown, error: Error): Error {
  if (wanted !== 'ALL_OLD' || error.name !== 'ConditionalCheckFailedException') return error;
  const Item = storage.items.read(parsed.TableName as string, keyOf(storage, parsed));
  return Item ? new ApiError(error.name, error.message, 400, { Item }) : error;
}

/** Gives the storage key of the item that a request reads or writes. */
export const keyOf = (storage: Storage, { TableName, Key, Item }: Request): string =>
  db.createKey((Key ?? Item) as Item, storage.tables.get(TableName as string));

interface KeysAndAttributes extends Request {
  Keys: Item[];
}

// Ours because dynalite shuffles the answers with Math.random.
function batchGetItem(storage: Storage, request: Request): Response {
  const asked = request.RequestItems as Record<string, KeysAndAttributes>;
  const { RequestItems } = validate('batchGetItem', structuredClone(request)) as { RequestItems: Record<string, KeysAndAttributes> };
  const Responses: Record<string, Item[]> = {};
  const UnprocessedKeys: Record<string, KeysAndAttributes> = {};
  let bytes = 0;
  const fits = (item: Item | undefined) => {
    bytes += itemBytes(item ?? {});
    return bytes <= LARGEST_BATCH_BYTES;
  };
  for (const [TableName, { Keys, ...options }] of Object.entries(RequestItems)) {
    const fitting = Keys.map((Key) => readItem(storage, { ...options, TableName, Key })).filter(fits);
    Responses[TableName] = fitting.filter((item) => item !== undefined);
    if (fitting.length < Keys.length) UnprocessedKeys[TableName] = { ...asked[TableName], Keys: Keys.slice(fitting.length) };
  }
  return { Responses, UnprocessedKeys };
}

const readItem = (storage: Storage, request: Request) => perform('getItem', request, storeFor(storage, request)).Item as Item | undefined;

// dynalite fetches such items on later turns, outside the transaction; global indexes it refuses itself.
function refuseFetchThroughIndex(storage: Storage, { TableName, IndexName, Select }: Request): void {
  if (Select !== 'ALL_ATTRIBUTES' || !IndexName) return;
  const index = storage.tables.get(TableName as string).LocalSecondaryIndexes?.find((other) => other.IndexName === IndexName);
  if (index && index.Projection.ProjectionType !== 'ALL')
    throw new ApiError(
      'ValidationException',
      `Select ALL_ATTRIBUTES is not supported here for ${IndexName}, which does not project them all`,
    );
}
