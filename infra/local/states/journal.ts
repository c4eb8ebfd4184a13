import { SqliteFile } from '../sqlite.ts';
import type { Execution, Frame, TimerKind } from './frame.ts';

const SCHEMA = `
create table if not exists machines (arn text primary key, name text, revision text, json text);
create table if not exists revisions (revision text primary key, machine text, json text);
create table if not exists executions (arn text primary key, machine text, status text, started_ms integer, published text, started_by text unique, json text);
create index if not exists executions_of on executions (machine, started_ms);
create table if not exists events (execution text, id integer, json text, primary key (execution, id)) without rowid;
create table if not exists frames (execution text, id integer, parent integer, phase text, json text, primary key (execution, id)) without rowid;
create index if not exists frames_by_phase on frames (phase) where phase in ('ready', 'again', 'calling');
create table if not exists timers (execution text, frame integer, kind text, at_ms integer, primary key (execution, frame, kind)) without rowid;
create index if not exists timers_at on timers (at_ms);
create table if not exists tokens (token text primary key, execution text, frame integer);
create index if not exists tokens_of on tokens (execution, frame);
create table if not exists watchers (child text, execution text, frame integer, attempt text, primary key (child, execution, frame)) without rowid;
create index if not exists watchers_of on watchers (execution, frame);
`;

export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly createdMs: number;
  readonly revision: string;
}

export interface Revision {
  readonly revision: string;
  readonly machine: string;
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

export interface Watcher {
  readonly child: string;
  readonly execution: string;
  readonly frame: number;
  readonly attempt: string;
}

/** Everything durable about machines and executions: what is not in here did not happen. */
export class Journal {
  readonly file: SqliteFile;

  constructor(path: string) {
    this.file = new SqliteFile(path, SCHEMA);
  }

  machine(arn: string): Machine | undefined {
    return parsed<Machine>(this.file.get('select json from machines where arn = ?', arn));
  }

  machines(offset: number, limit: number): Machine[] {
    return this.file.all<Row>('select json from machines order by name limit ? offset ?', limit, offset).map(parse<Machine>);
  }

  revision(revision: string): Revision | undefined {
    return parsed<Revision>(this.file.get('select json from revisions where revision = ?', revision));
  }

  saveMachine(machine: Machine, revision: Revision): void {
    const { arn, name } = machine;
    this.file.transaction(() => {
      this.file.run('insert or replace into machines values (?, ?, ?, ?)', arn, name, machine.revision, JSON.stringify(machine));
      this.file.run('insert or ignore into revisions values (?, ?, ?)', revision.revision, revision.machine, JSON.stringify(revision));
    });
  }

  deleteMachine(arn: string): void {
    this.file.run('delete from machines where arn = ?', arn);
  }

  execution(arn: string): Execution | undefined {
    return parsed<Execution>(this.file.get('select json from executions where arn = ?', arn));
  }

  executionStartedBy(starter: string): Execution | undefined {
    return parsed<Execution>(this.file.get('select json from executions where started_by = ?', starter));
  }

  executions(machine: string, status: string | undefined, offset: number, limit: number): Execution[] {
    const sql =
      'select json from executions where machine = ? and (? is null or status = ?) order by started_ms desc, rowid desc limit ? offset ?';
    return this.file.all<Row>(sql, machine, status ?? null, status ?? null, limit, offset).map(parse<Execution>);
  }

  frame(execution: string, id: number): Frame | undefined {
    return parsed<Frame>(this.file.get('select json from frames where execution = ? and id = ?', execution, id));
  }

  frames(execution: string): Frame[] {
    return this.file.all<Row>('select json from frames where execution = ? order by id', execution).map(parse<Frame>);
  }

  childrenOf(execution: string, parent: number): number[] {
    return this.file.all<{ id: number }>('select id from frames where execution = ? and parent = ?', execution, parent).map(({ id }) => id);
  }

  events(execution: string, from: number, to: number, reverse: boolean): object[] {
    const order = reverse ? 'desc' : 'asc';
    const sql = `select json from events where execution = ? and id between ? and ? order by id ${order}`;
    return this.file.all<Row>(sql, execution, from, to).map(parse<object>);
  }

  timer(execution: string, frame: number, kind: TimerKind): TimerRow | undefined {
    return this.file.get('select * from timers where execution = ? and frame = ? and kind = ?', execution, frame, kind);
  }

  dueTimers(nowMs: number): TimerRow[] {
    return this.file.all('select * from timers where at_ms <= ? order by at_ms', nowMs);
  }

  nextTimerMs(afterMs = -1): number | undefined {
    return this.file.get<{ at_ms: number | null }>('select min(at_ms) as at_ms from timers where at_ms > ?', afterMs)?.at_ms ?? undefined;
  }

  token(token: string): { execution: string; frame: number } | undefined {
    return this.file.get('select execution, frame from tokens where token = ?', token);
  }

  watchersOf(child: string): Watcher[] {
    return this.file.all('select * from watchers where child = ?', child);
  }

  /** What a crash has interrupted: frames with something to do, by running execution. */
  unfinished(): { execution: string; id: number }[] {
    const sql = `select f.execution, f.id from frames f join executions e on e.arn = f.execution
      where f.phase in ('ready', 'again', 'calling') and e.status = 'RUNNING' order by e.started_ms, f.id`;
    return this.file.all(sql);
  }

  /** Children that ended while nobody could tell those who wait for them. */
  endedChildren(): string[] {
    const sql = `select distinct child from watchers join executions on arn = child where status <> 'RUNNING'`;
    return this.file.all<{ child: string }>(sql).map(({ child }) => child);
  }

  unpublished(): string[] {
    return this.file.all<{ arn: string }>('select arn from executions where published <> status').map(({ arn }) => arn);
  }

  markPublished(arn: string, status: string): void {
    this.file.run('update executions set published = ? where arn = ?', status, arn);
  }

  close(): void {
    this.file.close();
  }
}

interface Row {
  readonly json: string;
}

const parse = <T>(row: Row): T => JSON.parse(row.json);
const parsed = <T>(row: Row | undefined): T | undefined => row && parse(row);
