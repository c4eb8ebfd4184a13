import db from 'dynalite/db/index.js';
import { ApiError } from '../host.ts';
import { indexEntryKey } from './items.ts';
import { type Bounds, ItemStream } from './range.ts';
import type { Storage } from './storage.ts';
import { indexesOf, type Table } from './tables.ts';
import type { Item, Request } from './wire.ts';

type Done<T = void> = (error: Error | null, result?: T) => void;

const MISSING = Object.assign(new Error('NotFoundError'), { name: 'NotFoundError' });

/** The shape of store that dynalite's actions read and write, for one request; nothing in it waits. */
export function storeFor(storage: Storage, request: Request) {
  const streams: ItemStream[] = [];
  const opened = (items: Iterable<Item>) => {
    const stream = new ItemStream(items);
    streams.push(stream);
    return stream;
  };
  return {
    getTable(name: string, checkOrDone: boolean | Done<Table>, done?: Done<Table>) {
      const answer = (typeof checkOrDone === 'function' ? checkOrDone : done) as Done<Table>;
      const table = storage.tables.find(name);
      answer(table ? null : new ApiError('ResourceNotFoundException', 'Requested resource not found'), table);
    },
    getItemDb: (name: string) => ({
      ...itemDb(storage, storage.tables.get(name)),
      createValueStream: (bounds: Bounds) => opened(storage.items.range(name, bounds)),
    }),
    getIndexDb: (_type: string, name: string, index: string) => ({
      ...WRITTEN_WITH_THE_ITEM,
      createValueStream: (bounds: Bounds) =>
        opened(storage.items.indexRange(name, index, resumed(bounds, storage.tables.get(name), index, request.ExclusiveStartKey as Item))),
    }),
    pump: () => {
      for (const stream of streams) stream.pump();
    },
  };
}

const WRITTEN_WITH_THE_ITEM = {
  put: (_key: string, _entry: Item, done: Done) => done(null),
  del: (_key: string, done: Done) => done(null),
};

function itemDb({ items }: Storage, table: Table) {
  return {
    lock: (_key: string, critical: (release: (done: Done) => Done) => void) => critical((done) => done),
    get(key: string, done: Done<Item>) {
      const item = items.read(table.TableName, key);
      done(item ? null : MISSING, item);
    },
    put(key: string, item: Item, done: Done) {
      items.put(table, key, item);
      done(null);
    },
    del(key: string, done: Done) {
      items.remove(table, key);
      done(null);
    },
  };
}

function resumed(bounds: Bounds, table: Table, indexName: string, startKey: Item | undefined): Bounds {
  const index = indexesOf(table).find(({ IndexName }) => IndexName === indexName);
  if (!startKey || !index) return bounds;
  const dynalites = db.createIndexKey(startKey, table, index.KeySchema);
  const ours = indexEntryKey(startKey, table, index);
  return {
    ...bounds,
    ...(bounds.gt === dynalites && { gt: ours }),
    ...(bounds.lt === dynalites && { lt: ours }),
  };
}
