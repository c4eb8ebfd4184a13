import type { SQLInputValue } from 'node:sqlite';
import { SqliteFile } from '../../runtime/sqlite.ts';
import type { Execution, Frame, TimerKind } from './frame.ts';

const SCHEMA = `
create table if not exists machines (arn text primary key, name text, json text);
create table if not exists revisions (revision text primary key, json text);
create table if not exists executions (arn text primary key, machine text, status text, started_ms integer, published text, started_by text unique, json text);
create index if not exists executions_of on executions (machine, started_ms);
create table if not exists events (execution text, id integer, json text, primary key (execution, id)) without rowid;
create table if not exists frames (execution text, id integer, parent integer, phase text, token text, job text, json text, primary key (execution, id)) without rowid;
create index if not exists frames_by_phase on frames (phase) where phase in ('ready', 'again', 'calling');
create index if not exists frames_by_token on frames (token) where token is not null;
create index if not exists frames_by_job on frames (job) where job is not null;
create table if not exists timers (execution text, frame integer, kind text, at_ms integer, primary key (execution, frame, kind)) without rowid;
create index if not exists timers_at on timers (at_ms);
create table if not exists stops (attempt text primary key, execution text, json text);
`;

export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly createdMs: number;
  readonly revision: string;
}

export interface Revision {
  readonly revision: string;
  readonly definition: string;
  readonly roleArn: string;
  readonly updatedMs: number;
}

export interface TimerRow {
  readonly execution: string;
  readonly frame: number;
  readonly kind: TimerKind;
  readonly at_ms: number;
}

export type FrameKey = { readonly execution: string; readonly id: number };

/** Everything durable about machines and executions. An event that is not here did not happen. */
export class Journal {
  readonly file: SqliteFile;

  constructor(path: string) {
    this.file = new SqliteFile(path, SCHEMA);
  }

  readonly machine = (arn: string) => this.#one<Machine>('select json from machines where arn = ?', arn);
  readonly machines = (offset: number, limit: number) =>
    this.#all<Machine>('select json from machines order by name limit ? offset ?', limit, offset);
  readonly execution = (arn: string) => this.#one<Execution>('select json from executions where arn = ?', arn);
  readonly executionStartedBy = (attempt: string) => this.#one<Execution>('select json from executions where started_by = ?', attempt);
  readonly frame = (execution: string, id: number) =>
    this.#one<Frame>('select json from frames where execution = ? and id = ?', execution, id);
  readonly frames = (execution: string) => this.#all<Frame>('select json from frames where execution = ? order by id', execution);
  readonly childrenOf = (execution: string, parent: number) =>
    this.file.all<{ id: number }>('select id from frames where execution = ? and parent = ?', execution, parent).map(({ id }) => id);
  readonly timer = (execution: string, frame: number, kind: TimerKind) =>
    this.file.get<TimerRow>('select * from timers where execution = ? and frame = ? and kind = ?', execution, frame, kind);
  readonly dueTimers = (nowMs: number) => this.file.all<TimerRow>('select * from timers where at_ms <= ? order by at_ms', nowMs);
  readonly nextTimerMs = (afterMs = -1) =>
    this.file.get<{ at: number | null }>('select min(at_ms) as at from timers where at_ms > ?', afterMs)?.at ?? undefined;
  readonly waitingForToken = (token: string) => this.file.get<FrameKey>('select execution, id from frames where token = ?', token);
  readonly waitingForJob = (job: string) => this.file.all<FrameKey>('select execution, id from frames where job = ?', job);
  readonly unpublished = () => this.#arns('select arn from executions where published is not status');
  /** Jobs that no task waits for any more and that still run. */
  readonly stops = () => this.file.all<{ execution: string; json: string }>('select execution, json from stops');
  /** Children that ended while their waiting parents could not get the report. */
  readonly endedChildren = () => this.#arns("select distinct arn from frames join executions on arn = job where status <> 'RUNNING'");

  revision(revision: string): Revision {
    const found = this.#one<Revision>('select json from revisions where revision = ?', revision);
    if (!found) throw new Error(`No definition ${revision}`);
    return found;
  }

  executions(machine: string, status: string | undefined, offset: number, limit: number): Execution[] {
    const sql =
      'select json from executions where machine = ? and (? is null or status = ?) order by started_ms desc, rowid desc limit ? offset ?';
    return this.#all(sql, machine, status ?? null, status ?? null, limit, offset);
  }

  events(execution: string, from: number, to: number, reverse: boolean): object[] {
    const sql = `select json from events where execution = ? and id between ? and ? order by id ${reverse ? 'desc' : 'asc'}`;
    return this.#all(sql, execution, from, to);
  }

  /** Work that a crash interrupted: frames with something to do, by running execution. */
  unfinished(): (FrameKey & { phase: string })[] {
    const sql = `select f.execution, f.id, f.phase from frames f join executions e on e.arn = f.execution
      where f.phase in ('ready', 'again', 'calling') and e.status = 'RUNNING' order by e.started_ms, f.id`;
    return this.file.all(sql);
  }

  saveMachine(machine: Machine, revision: Revision): void {
    this.file.transaction(() => {
      this.file.run('insert or replace into machines values (?, ?, ?)', machine.arn, machine.name, JSON.stringify(machine));
      this.file.run('insert or ignore into revisions values (?, ?)', revision.revision, JSON.stringify(revision));
    });
  }

  #one<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.#all<T>(sql, ...values)[0];
  }

  #all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.file.all<{ json: string }>(sql, ...values).map(({ json }) => JSON.parse(json));
  }

  #arns(sql: string): string[] {
    return this.file.all<{ arn: string }>(sql).map(({ arn }) => arn);
  }
}
