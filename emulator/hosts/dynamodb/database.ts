import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

const SCHEMA = `
  pragma journal_mode = WAL;
  pragma synchronous = NORMAL;
  create table if not exists tables (name text primary key, description text not null);
  create table if not exists items (table_name text, key text, item text not null, expires integer, primary key (table_name, key));
  create index if not exists items_by_expiry on items (expires) where expires is not null;
  create table if not exists index_entries (table_name text, index_name text, key text, item text not null, primary key (table_name, index_name, key));
  create table if not exists stream_records (sequence integer primary key autoincrement, stream_arn text not null, at integer not null, record text not null);
  create index if not exists stream_records_by_stream on stream_records (stream_arn, sequence);
  create table if not exists transaction_tokens (token text primary key, digest text not null, at integer not null);
`;

/** The one SQLite file: prepared statements, one transaction per request, and effects that wait for its commit. */
export class Database {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #effects = new Map<string, () => void>();

  constructor(file: string) {
    this.#sqlite = new DatabaseSync(file);
    this.#sqlite.exec(SCHEMA);
  }

  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  iterate<Row>(sql: string, ...values: SQLInputValue[]): Iterable<Row> {
    return this.#statement(sql).iterate(...values) as Iterable<Row>;
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#statement(sql).run(...values);
  }

  /** Commits the writes of the work, or none if it throws. */
  transaction<T>(work: () => T): T {
    this.#sqlite.exec('begin immediate');
    try {
      const result = work();
      this.#sqlite.exec('commit');
      const effects = [...this.#effects.values()];
      this.#effects.clear();
      for (const effect of effects) effect();
      return result;
    } finally {
      this.#effects.clear();
      if (this.#sqlite.isTransaction) this.#sqlite.exec('rollback');
    }
  }

  /**
   * Runs the effect once after the current transaction commits. A second one under the same name replaces the first.
   */
  afterCommit(name: string, effect: () => void): void {
    this.#effects.set(name, effect);
  }

  close(): void {
    this.#sqlite.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
