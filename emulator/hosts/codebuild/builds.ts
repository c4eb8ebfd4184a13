import { join } from 'node:path';
import { SqliteFile } from '../../runtime/sqlite.ts';
import type { Build } from './build.ts';

const SCHEMA = `
  create table if not exists builds (id text primary key, project text not null, token text, data text not null);
  create unique index if not exists builds_by_token on builds (project, token);`;

/** Every build ever started. It is on disk before StartBuild returns. */
export class Builds {
  readonly #file: SqliteFile;

  constructor(dataDir: string) {
    this.#file = new SqliteFile(join(dataDir, 'builds.sqlite'), SCHEMA);
  }

  nextNumber(project: string): number {
    return 1 + (this.#file.get<{ count: number }>('select count(*) as count from builds where project = ?', project)?.count ?? 0);
  }

  insert(build: Build, token: string | null): void {
    this.#file.run('insert into builds values (?, ?, ?, ?)', build.id, build.project, token, JSON.stringify(build));
  }

  /** Finds the build that an earlier request with the same idempotency token has started. */
  byToken(project: string, token: string): Build | undefined {
    return parsed(this.#file.get<{ data: string }>('select data from builds where project = ? and token = ?', project, token));
  }

  /** Finds a build by id or ARN. */
  find(idOrArn: string): Build | undefined {
    const id = idOrArn.split(':build/').at(-1) ?? '';
    return parsed(this.#file.get<{ data: string }>('select data from builds where id = ?', id));
  }

  change(build: Build, change: Partial<Build>): Build {
    const changed = { ...build, ...change };
    this.#file.run('update builds set data = ? where id = ?', JSON.stringify(changed), build.id);
    return changed;
  }

  ofProject(project: string): Build[] {
    const rows = this.#file.all<{ data: string }>('select data from builds where project = ? order by rowid desc', project);
    return rows.map((row) => JSON.parse(row.data));
  }

  unfinished(): Build[] {
    const sql = `select data from builds where json_extract(data, '$.status') = 'IN_PROGRESS' order by rowid`;
    return this.#file.all<{ data: string }>(sql).map((row) => JSON.parse(row.data));
  }

  close(): void {
    this.#file.close();
  }
}

const parsed = (row: { data: string } | undefined): Build | undefined => row && JSON.parse(row.data);
