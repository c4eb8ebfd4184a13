import type { SQLInputValue } from 'node:sqlite';
import { Stream } from 'node:stream';
import type { Database } from './database.ts';
import type { Item } from './wire.ts';

/** Bounds of a key range as dynalite states them; a limit below zero means none. */
export interface Bounds {
  gt?: string;
  gte?: string;
  lt?: string;
  lte?: string;
  reverse?: boolean;
  limit?: number;
}

const OPERATORS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
const SIDES = ['gt', 'gte', 'lt', 'lte'] as const;

/** Yields the stored items of a key range, in key order, as lazily as SQLite gives them. */
export function* itemsInRange(database: Database, from: string, scope: SQLInputValue[], bounds: Bounds): Iterable<Item> {
  const sides = SIDES.filter((side) => bounds[side] !== undefined);
  const conditions = sides.map((side) => ` and key ${OPERATORS[side]} ?`).join('');
  const sql = `select item from ${from}${conditions} order by key ${bounds.reverse ? 'desc' : 'asc'} limit ?`;
  const values = [...scope, ...sides.map((side) => bounds[side] as string), bounds.limit ?? -1];
  for (const row of database.iterate<{ item: string }>(sql, ...values)) yield JSON.parse(row.item);
}

/** A stream that emits when it is pumped, not on a later turn, so that a whole query runs inside one transaction. */
export class ItemStream extends Stream {
  readonly #items: Iterable<Item>;
  #destroyed = false;

  constructor(items: Iterable<Item>) {
    super();
    this.#items = items;
  }

  pump(): void {
    for (const item of this.#items) {
      this.emit('data', item);
      if (this.#destroyed) return;
    }
    this.emit('end');
  }

  destroy(): void {
    this.#destroyed = true;
  }
}
