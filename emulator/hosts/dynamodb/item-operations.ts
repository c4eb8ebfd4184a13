import db from 'dynalite/db/index.js';
import { ApiError } from '../host.ts';
import { type Performed, perform, refuse, validate } from './actions.ts';
import { type Expression, holds } from './expression.ts';
import { itemBytes } from './size.ts';
import type { Storage } from './storage.ts';
import { storeFor } from './store.ts';
import type { Item, Operation, Request, Response } from './wire.ts';

const LARGEST_BATCH_BYTES = 16 * 1024 * 1024;

/** The operations on items: dynalite's, each over our storage. */
export function itemOperations(storage: Storage): Record<string, Operation> {
  const run = (operation: Performed) => (request: Request) => {
    const parsed = validate(operation, request);
    return perform(operation, parsed, storeFor(storage, parsed));
  };
  return {
    GetItem: run('getItem'),
    PutItem: (request) => writeItem(storage, 'putItem', request),
    UpdateItem: (request) => writeItem(storage, 'updateItem', request),
    DeleteItem: (request) => writeItem(storage, 'deleteItem', request),
    BatchWriteItem: run('batchWriteItem'),
    BatchGetItem: (request) => batchGetItem(storage, request),
    Scan: (request) => search(storage, 'scan', request),
    Query: (request) => search(storage, 'query', request),
  };
}

/** Writes one item when its condition holds. */
export function writeItem(storage: Storage, operation: 'putItem' | 'updateItem' | 'deleteItem', request: Request): Response {
  const { ReturnValuesOnConditionCheckFailure: wanted, ...rest } = request;
  const parsed = validate(operation, rest);
  checkCondition(storage, parsed, wanted);
  const { _condition, ...unconditional } = parsed;
  return perform(operation, unconditional, storeFor(storage, unconditional));
}

/** Refuses a request if its condition does not hold. With ALL_OLD, the error carries the item. */
export function checkCondition(storage: Storage, parsed: Request, wanted: unknown): void {
  const key = keyOf(storage, parsed);
  refuse(db.validateUpdates(parsed.AttributeUpdates, parsed._updates, storage.tables.get(parsed.TableName as string)));
  const condition = parsed._condition as { expression: Expression } | undefined;
  if (!condition) return;
  const Item = storage.items.read(parsed.TableName as string, key);
  if (holds(condition.expression, Item ?? {})) return;
  const fields = wanted === 'ALL_OLD' && Item ? { Item } : {};
  throw new ApiError('ConditionalCheckFailedException', 'The conditional request failed', 400, fields);
}

/** Checks the key of a request against the table's keys, and returns the storage key. */
export function keyOf(storage: Storage, { TableName, Key, Item }: Request): string {
  const table = storage.tables.get(TableName as string);
  refuse(Item ? db.validateItem(Item as Item, table) : db.validateKey(Key as Item, table));
  return db.createKey((Key ?? Item) as Item, table);
}

// The filter is ours, so dynalite gets one that everything passes and no projection; its checks of both still run.
function search(storage: Storage, operation: 'query' | 'scan', request: Request): Response {
  const parsed = validate(operation, request);
  refuseFetchThroughIndex(storage, parsed);
  const { _filter, _projection, Select } = parsed as { _filter?: Filter; _projection?: Projection; Select?: string };
  if (!_filter) return perform(operation, parsed, storeFor(storage, parsed));
  const everything = {
    ...parsed,
    _filter: { ..._filter, expression: ALWAYS },
    _projection: _projection && { ..._projection, paths: undefined },
    Select: Select === 'COUNT' ? undefined : Select,
  };
  const { Items, ...page } = perform(operation, everything, storeFor(storage, everything));
  const found = (Items as Item[]).filter((item) => holds(_filter.expression, item));
  const projected = _projection ? found.map((item) => db.mapPaths(_projection.paths, item)) : found;
  return { ...page, Count: found.length, ...(Select !== 'COUNT' && { Items: projected }) };
}

const ALWAYS: Expression = { type: 'function', name: 'attribute_not_exists', args: [['an attribute that no item has']] };

interface Filter {
  expression: Expression;
}

interface Projection {
  paths: (string | number)[][];
}

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
