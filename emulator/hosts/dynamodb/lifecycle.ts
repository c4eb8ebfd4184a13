import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../host.ts';
import type { Storage } from './storage.ts';
import { indexesOf, type Table, type TableDefinition } from './tables.ts';

/** Creates a table; it is ACTIVE at once. */
export function createTable(storage: Storage, definition: TableDefinition): Table {
  const { region, account, clock } = storage.context;
  if (storage.tables.find(definition.TableName))
    throw new ApiError('ResourceInUseException', `Table already exists: ${definition.TableName}`);
  const table: Table = {
    ...definition,
    TableArn: `arn:aws:dynamodb:${region}:${account}:table/${definition.TableName}`,
    TableId: randomUUID(),
    CreationDateTime: clock.nowMs() / 1000,
    TableStatus: 'ACTIVE',
  };
  return save(storage, withStream(storage, table));
}

/** Changes a table in place as UpdateTable could: indexes are built or dropped, a changed stream is a new stream. */
export function changeTable(storage: Storage, before: Table, definition: TableDefinition): Table {
  refuseNewKeys(before, definition);
  const changed: Table = { ...before, ...definition };
  const table = changed.streamViewType === before.streamViewType ? changed : withStream(storage, changed);
  save(storage, table);
  changeIndexes(storage, before, table);
  if (table.timeToLiveAttribute !== before.timeToLiveAttribute) storage.items.recomputeExpiry(table);
  return table;
}

/** Deletes a table with its items, indexes and stream. */
export function deleteTable({ tables, items, streams, expiry }: Storage, name: string): Table {
  const table = tables.get(name);
  if (table.DeletionProtectionEnabled)
    throw new ApiError(
      'ValidationException',
      'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
    );
  items.clear(name);
  if (table.LatestStreamArn) streams.forget(table.LatestStreamArn);
  tables.remove(name);
  expiry.changed();
  return table;
}

function save({ tables }: Storage, table: Table): Table {
  tables.save(table);
  return table;
}

function withStream({ context }: Storage, { LatestStreamArn: _arn, LatestStreamLabel: _label, ...table }: Table): Table {
  if (!table.streamViewType) return table;
  const LatestStreamLabel = new Date(context.clock.nowMs()).toISOString().slice(0, -1);
  return { ...table, LatestStreamLabel, LatestStreamArn: `${table.TableArn}/stream/${LatestStreamLabel}` };
}

function refuseNewKeys(before: Table, after: TableDefinition): void {
  for (const part of ['KeySchema', 'LocalSecondaryIndexes'] as const)
    if (!isDeepStrictEqual(before[part], after[part]))
      throw new ApiError('ValidationException', `${before.TableName}: ${part} cannot change in a table that exists`);
}

function changeIndexes({ items }: Storage, before: Table, after: Table): void {
  const kept = (index: unknown, indexes: unknown[]) => indexes.some((other) => isDeepStrictEqual(index, other));
  for (const index of indexesOf(before)) if (!kept(index, indexesOf(after))) items.dropIndex(before.TableName, index.IndexName);
  for (const index of indexesOf(after)) if (!kept(index, indexesOf(before))) items.reindex(after, index);
}
