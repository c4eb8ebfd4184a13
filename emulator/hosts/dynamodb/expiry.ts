import type { Clock } from '../../clock/clock.ts';
import type { Database } from './database.ts';
import type { Table } from './tables.ts';
import type { Item } from './wire.ts';

const FIVE_YEARS_S = 5 * 365 * 86_400;

/** Reads when an item expires, in epoch seconds; null when it never does. */
export function expirySeconds(table: Table, item: Item): number | null {
  const number = table.timeToLiveAttribute === undefined ? undefined : item[table.timeToLiveAttribute]?.N;
  const seconds = Math.floor(Number(number));
  return Number.isSafeInteger(seconds) ? seconds : null;
}

/** Expires items when their time comes; one timer, armed for the next expiry only. */
export class Expiry {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #expire: (tableName: string, key: string) => void;
  #disarm = () => {};

  constructor(database: Database, clock: Clock, expire: (tableName: string, key: string) => void) {
    this.#database = database;
    this.#clock = clock;
    this.#expire = expire;
  }

  /** Arms the timer again after the current transaction commits. */
  changed(): void {
    this.#database.afterCommit('expiry', () => this.arm());
  }

  arm(): void {
    this.#disarm();
    const next = this.#database.get<{ expires: number }>(
      'select expires from items where expires is not null and expires > ? order by expires limit 1',
      this.#forgottenBefore(),
    );
    if (next) this.#disarm = this.#clock.at(next.expires * 1000, () => this.#sweep());
  }

  stop(): void {
    this.#disarm();
  }

  #sweep(): void {
    this.#database.transaction(() => {
      for (const { table_name, key } of this.#due()) this.#expire(table_name, key);
      this.changed();
    });
  }

  #due(): { table_name: string; key: string }[] {
    return this.#database.all(
      'select table_name, key from items where expires is not null and expires > ? and expires <= ? order by expires, key',
      this.#forgottenBefore(),
      Math.floor(this.#clock.nowMs() / 1000),
    );
  }

  // DynamoDB takes a time more than five years past for a mistake and keeps the item.
  #forgottenBefore(): number {
    return Math.floor(this.#clock.nowMs() / 1000) - FIVE_YEARS_S;
  }
}
