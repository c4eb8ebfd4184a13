import type { Clock } from '../../clock/clock.ts';
import type { SqliteFile } from '../../runtime/sqlite.ts';
import { nextFireMs, type Schedule } from './schedule-expression.ts';

/** The tables of schedules, for the file that they share with their deliveries. */
export const SCHEDULES_SCHEMA =
  'create table if not exists schedules (name text primary key, expression text not null, created_ms integer not null, next_ms integer);';

/** Fires schedules at their exact clock time, once per time. One commit holds the next time and what firing writes. */
export class Schedules {
  readonly #file: SqliteFile;
  readonly #clock: Clock;
  readonly #known = new Map<string, { schedule: Schedule; fire: (atMs: number) => void }>();
  readonly #afterFiring: () => void;
  #cancel: (() => void) | undefined;

  constructor(file: SqliteFile, clock: Clock, afterFiring: () => void) {
    this.#file = file;
    this.#clock = clock;
    this.#afterFiring = afterFiring;
  }

  /** Adds a schedule, keeping the next time of a former run unless the expression changed. */
  add(name: string, expression: string, timezone: string | undefined, fire: (atMs: number) => void): void {
    const described = `${expression} ${timezone ?? 'UTC'}`;
    const now = this.#clock.nowMs();
    const before = this.#file.get<{ expression: string; created_ms: number }>('select * from schedules where name = ?', name);
    const createdMs = before?.expression === described ? before.created_ms : now;
    const schedule = { expression, timezone, createdMs };
    const next = nextFireMs(schedule, now) ?? null;
    if (before?.expression !== described)
      this.#file.run('insert or replace into schedules values (?, ?, ?, ?)', name, described, createdMs, next);
    this.#known.set(name, { schedule, fire });
  }

  /** Fires every due schedule and waits for the next time. Times missed between two runs fire once. */
  run(): void {
    const due = this.#rows().filter((row) => row.next_ms <= this.#clock.nowMs());
    for (const { name, next_ms } of due) this.#fire(name, next_ms);
    if (due.length > 0) this.#afterFiring();
    const next = Math.min(...this.#rows().map((row) => row.next_ms));
    this.#cancel?.();
    this.#cancel = Number.isFinite(next) ? this.#clock.at(next, () => this.run()) : undefined;
  }

  stop(): void {
    this.#cancel?.();
  }

  #fire(name: string, atMs: number): void {
    const known = this.#known.get(name);
    if (!known) return;
    this.#file.transaction(() => {
      known.fire(atMs);
      this.#file.run('update schedules set next_ms = ? where name = ?', nextFireMs(known.schedule, this.#clock.nowMs()) ?? null, name);
    });
  }

  #rows(): { name: string; next_ms: number }[] {
    const rows = this.#file.all<{ name: string; next_ms: number }>(
      'select name, next_ms from schedules where next_ms is not null order by next_ms, name',
    );
    return rows.filter((row) => this.#known.has(row.name));
  }
}
