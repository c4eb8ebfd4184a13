import { join } from 'node:path';
import { SqliteFile } from '../../runtime/sqlite.ts';
import type { Alias, FunctionVersion } from './types.ts';

const SCHEMA = `
  create table if not exists versions (name text not null, version text not null, data text not null, primary key (name, version));
  create table if not exists numbers (name text primary key, latest integer not null);
  create table if not exists aliases (name text not null, alias text not null, data text not null, primary key (name, alias));
  create table if not exists permissions (name text not null, qualifier text not null, sid text not null, statement text not null,
    primary key (name, qualifier, sid));
  create table if not exists deployed (logical_id text primary key, fingerprint text not null, physical text not null);
  create table if not exists events (id text primary key, arn text not null, payload text not null, attempts integer not null default 0,
    due_ms integer not null);
  create table if not exists checkpoints (mapping text primary key, sequence text not null);`;

/** An asynchronous invocation that is not settled yet. */
export interface StoredEvent {
  readonly id: string;
  readonly arn: string;
  readonly payload: string;
  readonly attempts: number;
  readonly due_ms: number;
}

const ENDPOINT = '{{local-endpoint}}';

/**
 * Functions, versions and aliases on disk. A placeholder stands for the endpoint's address, which changes with its
 * port.
 */
export class FunctionStore {
  readonly file: SqliteFile;
  readonly #endpoint: string;

  constructor(dataDir: string, endpoint: string) {
    this.file = new SqliteFile(join(dataDir, 'lambda.sqlite'), SCHEMA);
    this.#endpoint = endpoint;
  }

  version(name: string, version: string): FunctionVersion | undefined {
    return this.#read(this.file.get<{ data: string }>('select data from versions where name = ? and version = ?', name, version));
  }

  versions(name: string): FunctionVersion[] {
    const rows = this.file.all<{ data: string }>('select data from versions where name = ? order by cast(version as integer)', name);
    return rows.map((row) => this.#read<FunctionVersion>(row) as FunctionVersion);
  }

  functions(): FunctionVersion[] {
    const rows = this.file.all<{ data: string }>(`select data from versions where version = '$LATEST' order by name`);
    return rows.map((row) => this.#read<FunctionVersion>(row) as FunctionVersion);
  }

  putVersion(version: FunctionVersion): FunctionVersion {
    this.file.run('insert or replace into versions values (?, ?, ?)', version.name, version.version, this.#text(version));
    return version;
  }

  /** Numbers of deleted versions are never given again. */
  nextNumber(name: string): string {
    this.file.run('insert into numbers values (?, 1) on conflict (name) do update set latest = latest + 1', name);
    return String(this.file.get<{ latest: number }>('select latest from numbers where name = ?', name)?.latest);
  }

  alias(name: string, alias: string): Alias | undefined {
    return this.#read(this.file.get<{ data: string }>('select data from aliases where name = ? and alias = ?', name, alias));
  }

  aliases(name: string): Alias[] {
    const rows = this.file.all<{ data: string }>('select data from aliases where name = ? order by alias', name);
    return rows.map((row) => this.#read<Alias>(row) as Alias);
  }

  putAlias(alias: Alias): Alias {
    this.file.run('insert or replace into aliases values (?, ?, ?)', alias.name, alias.alias, this.#text(alias));
    return alias;
  }

  deleteAlias(name: string, alias: string): void {
    this.file.run('delete from aliases where name = ? and alias = ?', name, alias);
  }

  delete(name: string, version?: string): void {
    this.file.transaction(() => {
      if (version) return this.file.run('delete from versions where name = ? and version = ?', name, version);
      for (const table of ['versions', 'aliases', 'permissions']) this.file.run(`delete from ${table} where name = ?`, name);
      return this.file.run('delete from numbers where name = ?', name);
    });
  }

  permissions(name: string, qualifier: string): { sid: string; statement: string }[] {
    return this.file.all('select sid, statement from permissions where name = ? and qualifier = ? order by sid', name, qualifier);
  }

  putPermission(name: string, qualifier: string, sid: string, statement: object): void {
    this.file.run('insert or replace into permissions values (?, ?, ?, ?)', name, qualifier, sid, JSON.stringify(statement));
  }

  deletePermission(name: string, qualifier: string, sid: string): number {
    return this.file.run('delete from permissions where name = ? and qualifier = ? and sid = ?', name, qualifier, sid);
  }

  /** Returns the physical id of an unchanged resource of the template, so that later releases to it stay. */
  deployed(logicalId: string, fingerprint: unknown): string | undefined {
    const row = this.deployment(logicalId);
    return row?.fingerprint === this.#text(fingerprint) ? row.physical : undefined;
  }

  deployment(logicalId: string): { fingerprint: string; physical: string } | undefined {
    return this.file.get('select fingerprint, physical from deployed where logical_id = ?', logicalId);
  }

  putDeployed(logicalId: string, fingerprint: unknown, physical: string): void {
    this.file.run('insert or replace into deployed values (?, ?, ?)', logicalId, this.#text(fingerprint), physical);
  }

  putEvent(event: StoredEvent): void {
    this.file.run('insert into events values (?, ?, ?, ?, ?)', event.id, event.arn, event.payload, event.attempts, event.due_ms);
  }

  events(): StoredEvent[] {
    return this.file.all('select * from events order by rowid');
  }

  postponeEvent(id: string, dueMs: number): void {
    this.file.run('update events set attempts = attempts + 1, due_ms = ? where id = ?', dueMs, id);
  }

  deleteEvent(id: string): void {
    this.file.run('delete from events where id = ?', id);
  }

  checkpoint(mapping: string): string | undefined {
    return this.file.get<{ sequence: string }>('select sequence from checkpoints where mapping = ?', mapping)?.sequence;
  }

  putCheckpoint(mapping: string, sequence: string): void {
    this.file.run('insert or replace into checkpoints values (?, ?)', mapping, sequence);
  }

  #text(data: unknown): string {
    return JSON.stringify(data).replaceAll(this.#endpoint, ENDPOINT);
  }

  #read<T>(row: { data: string } | undefined): T | undefined {
    return row && JSON.parse(row.data.replaceAll(ENDPOINT, this.#endpoint));
  }
}
