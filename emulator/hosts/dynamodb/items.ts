import db from 'dynalite/db/index.js';
import { ApiError } from '../host.ts';
import type { Database } from './database.ts';
import { expirySeconds } from './expiry.ts';
import { type Bounds, itemsInRange } from './range.ts';
import { itemBytes, LARGEST_ITEM_BYTES } from './size.ts';
import type { Streams, UserIdentity } from './streams.ts';
import { indexesOf, type Table } from './tables.ts';
import type { Item, SecondaryIndex } from './wire.ts';

/** The items of all tables; every write keeps indexes, stream and expiry in step within the same transaction. */
export class Items {
  readonly #database: Database;
  readonly #streams: Streams;
  readonly #onExpiryChange: () => void;

  constructor(database: Database, streams: Streams, onExpiryChange: () => void) {
    this.#database = database;
    this.#streams = streams;
    this.#onExpiryChange = onExpiryChange;
  }

  read(tableName: string, key: string): Item | undefined {
    const row = this.#database.get<{ item: string }>('select item from items where table_name = ? and key = ?', tableName, key);
    return row && JSON.parse(row.item);
  }

  put(table: Table, key: string, written: Item): void {
    if (itemBytes(written) > LARGEST_ITEM_BYTES)
      throw new ApiError('ValidationException', 'Item size has exceeded the maximum allowed size');
    refuseEmptyIndexKey(table, written);
    const item: Item = JSON.parse(JSON.stringify(written));
    const before = this.read(table.TableName, key);
    this.#database.run(
      'insert into items values (?, ?, ?, ?) on conflict (table_name, key) do update set item = excluded.item, expires = excluded.expires',
      table.TableName,
      key,
      JSON.stringify(item),
      expirySeconds(table, item),
    );
    this.#follow(table, before, item);
  }

  remove(table: Table, key: string, identity?: UserIdentity): void {
    const before = this.read(table.TableName, key);
    this.#database.run('delete from items where table_name = ? and key = ?', table.TableName, key);
    this.#follow(table, before, undefined, identity);
  }

  range(tableName: string, bounds: Bounds): Iterable<Item> {
    return itemsInRange(this.#database, 'items where table_name = ?', [tableName], bounds);
  }

  indexRange(tableName: string, indexName: string, bounds: Bounds): Iterable<Item> {
    return itemsInRange(this.#database, 'index_entries where table_name = ? and index_name = ?', [tableName, indexName], bounds);
  }

  count(tableName: string): number {
    return this.#database.get<{ n: number }>('select count(*) n from items where table_name = ?', tableName)?.n ?? 0;
  }

  /** Forgets all items of a table and all its index entries. */
  clear(tableName: string): void {
    this.#database.run('delete from items where table_name = ?', tableName);
    this.#database.run('delete from index_entries where table_name = ?', tableName);
  }

  /** Reads every item's expiry again, after the time-to-live attribute of its table changed. */
  recomputeExpiry(table: Table): void {
    for (const item of [...this.range(table.TableName, {})])
      this.#database.run(
        'update items set expires = ? where table_name = ? and key = ?',
        expirySeconds(table, item),
        table.TableName,
        db.createKey(item, table),
      );
    this.#onExpiryChange();
  }

  /** Builds one index again from the items. */
  reindex(table: Table, index: SecondaryIndex): void {
    this.dropIndex(table.TableName, index.IndexName);
    for (const item of [...this.range(table.TableName, {})]) this.#updateIndexes(table, [index], undefined, item);
  }

  dropIndex(tableName: string, indexName: string): void {
    this.#database.run('delete from index_entries where table_name = ? and index_name = ?', tableName, indexName);
  }

  #follow(table: Table, before: Item | undefined, after: Item | undefined, identity?: UserIdentity): void {
    if (!before && !after) return;
    this.#updateIndexes(table, indexesOf(table), before, after);
    this.#streams.append(table, before, after, identity);
    const expiries = [before, after].map((item) => item && expirySeconds(table, item));
    if (expiries.some((expiry) => expiry != null)) this.#onExpiryChange();
  }

  #updateIndexes(table: Table, indexes: SecondaryIndex[], before: Item | undefined, after: Item | undefined): void {
    const actions = db.getIndexActions(indexes, before, after, table);
    const suffix = `/${db.createKey((after ?? before) as Item, table)}`;
    for (const { index, key } of actions.deletes)
      this.#database.run(
        'delete from index_entries where table_name = ? and index_name = ? and key = ?',
        table.TableName,
        index,
        key + suffix,
      );
    for (const { index, key, item } of actions.puts)
      this.#database.run(
        'insert into index_entries values (?, ?, ?, ?) on conflict (table_name, index_name, key) do update set item = excluded.item',
        table.TableName,
        index,
        key + suffix,
        JSON.stringify(item),
      );
  }
}

/**
 * Gives the key of an index entry. dynalite's ends in 24 bits of a hash, which can collide, so the item's own key
 * follows.
 */
export const indexEntryKey = (item: Item, table: Table, index: SecondaryIndex): string =>
  `${db.createIndexKey(item, table, index.KeySchema)}/${db.createKey(item, table)}`;

function refuseEmptyIndexKey(table: Table, item: Item): void {
  for (const { IndexName, KeySchema } of indexesOf(table))
    for (const { AttributeName } of KeySchema)
      if (item[AttributeName]?.S === '' || item[AttributeName]?.B === '')
        throw new ApiError(
          'ValidationException',
          `One or more parameter values are not valid. A value specified for a secondary index key is not supported: it is empty. IndexName: ${IndexName}, IndexKey: ${AttributeName}`,
        );
}
