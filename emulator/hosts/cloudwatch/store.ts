import { join } from 'node:path';
import { SqliteFile } from '../../runtime/sqlite.ts';

const SCHEMA = `
  create table if not exists series (id integer primary key, key text not null unique);
  create table if not exists points (series integer not null, at_ms integer not null, value real not null, times real not null);
  create index if not exists points_by_time on points (series, at_ms);`;

/** One value that was measured, and how many times. */
export interface Point {
  readonly at_ms: number;
  readonly value: number;
  readonly times: number;
}

const FLUSH_MS = 250;
const KEPT_MS = 3 * 24 * 3_600_000;
const FLUSHES_PER_PRUNING = 1000;

/**
 * Every measured value, so that percentiles are exact. Writes come in batches, since traffic measures hundreds a
 * second.
 */
export class MetricStore {
  readonly #file: SqliteFile;
  readonly #ids = new Map<string, number>();
  #pending: [series: number, atMs: number, value: number, times: number][] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushes = 0;

  constructor(dataDir: string) {
    this.#file = new SqliteFile(join(dataDir, 'metrics.sqlite'), SCHEMA);
  }

  add(key: string, atMs: number, value: number, times = 1): void {
    this.#pending.push([this.#idOf(key), atMs, value, times]);
    // Real time: this is about the disk, not about when anything was measured.
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  /** Lists the values from one instant (inclusive) to another (exclusive), oldest first. */
  between(key: string, fromMs: number, toMs: number): Point[] {
    this.flush();
    const sql = 'select at_ms, value, times from points where series = ? and at_ms >= ? and at_ms < ? order by at_ms, rowid';
    return this.#file.all<Point>(sql, this.#idOf(key), fromMs, toMs);
  }

  keys(): string[] {
    return this.#file.all<{ key: string }>('select key from series order by key').map(({ key }) => key);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#pending;
    this.#pending = [];
    if (batch.length === 0) return;
    this.#file.transaction(() => {
      for (const point of batch) this.#file.run('insert into points values (?, ?, ?, ?)', ...point);
    });
    if (++this.#flushes % FLUSHES_PER_PRUNING === 0)
      this.#file.run('delete from points where at_ms < ?', Math.max(...batch.map(([, atMs]) => atMs)) - KEPT_MS);
  }

  close(): void {
    this.flush();
    this.#file.close();
  }

  #idOf(key: string): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#file.run('insert or ignore into series (key) values (?)', key);
    const id = this.#file.get<{ id: number }>('select id from series where key = ?', key)?.id ?? 0;
    this.#ids.set(key, id);
    return id;
  }
}

/** Names a metric with its dimensions, in any order. */
export const seriesKey = (namespace: string, name: string, dimensions: Record<string, string>): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);
