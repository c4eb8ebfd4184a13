import { join } from 'node:path';
import { SqliteFile } from '../../runtime/sqlite.ts';
import type { Service, ServiceDeployment, ServiceRevision, TaskDefinition } from './types.ts';

const SCHEMA = `
  create table if not exists documents (kind text not null, arn text not null, parent text not null, number integer not null, data text not null,
    primary key (kind, arn));
  create index if not exists documents_by_parent on documents (kind, parent, number);
  create table if not exists deployed (logical_id text primary key, fingerprint text not null, physical text not null);`;

interface Row {
  readonly data: string;
}

/** Task definitions, services, revisions and deployments on disk. The next run resumes where a killed one was. */
export class EcsStore {
  readonly file: SqliteFile;

  constructor(dataDir: string) {
    this.file = new SqliteFile(join(dataDir, 'ecs.sqlite'), SCHEMA);
  }

  taskDefinition(arn: string): TaskDefinition | undefined {
    return this.#get('task-definition', arn);
  }

  latestOf(family: string): TaskDefinition | undefined {
    return this.#ofParent<TaskDefinition>('task-definition', family)[0];
  }

  putTaskDefinition(definition: TaskDefinition): TaskDefinition {
    return this.#put('task-definition', definition.family, definition.revision, definition);
  }

  service(arn: string): Service | undefined {
    return this.#get('service', arn);
  }

  services(): Service[] {
    return this.#ofParent('service', '');
  }

  putService(service: Service): Service {
    return this.#put('service', '', 0, service);
  }

  revision(arn: string): ServiceRevision | undefined {
    return this.#get('revision', arn);
  }

  revisionsOf(serviceArn: string): ServiceRevision[] {
    return this.#ofParent('revision', serviceArn);
  }

  putRevision(revision: ServiceRevision): ServiceRevision {
    return this.#put('revision', revision.serviceArn, revision.createdMs, revision);
  }

  deployment(arn: string | undefined): ServiceDeployment | undefined {
    return arn === undefined ? undefined : this.#get('deployment', arn);
  }

  /** Lists a service's deployments, newest first. */
  deploymentsOf(serviceArn: string): ServiceDeployment[] {
    return this.#ofParent('deployment', serviceArn);
  }

  putDeployment(deployment: ServiceDeployment): ServiceDeployment {
    return this.#put('deployment', deployment.serviceArn, deployment.number, deployment);
  }

  /** Returns the physical id of an unchanged resource of the template, so that later releases to it stay. */
  deployed(logicalId: string, fingerprint: unknown): string | undefined {
    const sql = 'select physical from deployed where logical_id = ? and fingerprint = ?';
    return this.file.get<{ physical: string }>(sql, logicalId, JSON.stringify(fingerprint))?.physical;
  }

  putDeployed(logicalId: string, fingerprint: unknown, physical: string): void {
    this.file.run('insert or replace into deployed values (?, ?, ?)', logicalId, JSON.stringify(fingerprint), physical);
  }

  #get<Document>(kind: string, arn: string): Document | undefined {
    const row = this.file.get<Row>('select data from documents where kind = ? and arn = ?', kind, arn);
    return row && JSON.parse(row.data);
  }

  #ofParent<Document>(kind: string, parent: string): Document[] {
    const sql = 'select data from documents where kind = ? and parent = ? order by number desc, rowid desc';
    return this.file.all<Row>(sql, kind, parent).map(({ data }) => JSON.parse(data));
  }

  #put<Document extends { readonly arn: string }>(kind: string, parent: string, number: number, document: Document): Document {
    const sql = `insert into documents values (?, ?, ?, ?, ?) on conflict (kind, arn) do update set data = excluded.data`;
    this.file.run(sql, kind, document.arn, parent, number, JSON.stringify(document));
    return document;
  }
}
