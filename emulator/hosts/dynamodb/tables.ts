import { ApiError } from '../host.ts';
import type { Database } from './database.ts';
import type { KeyElement, SecondaryIndex, StreamViewType, Throughput } from './wire.ts';

/** The settings with which a table is created, by the API or by a template. */
export interface TableDefinition {
  TableName: string;
  AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
  KeySchema: KeyElement[];
  GlobalSecondaryIndexes?: SecondaryIndex[];
  LocalSecondaryIndexes?: SecondaryIndex[];
  BillingMode: 'PAY_PER_REQUEST' | 'PROVISIONED';
  ProvisionedThroughput?: Throughput;
  DeletionProtectionEnabled: boolean;
  streamViewType?: StreamViewType;
  timeToLiveAttribute?: string;
  pointInTimeRecovery: boolean;
  policy?: { document: string; revision: number };
  tags: Record<string, string>;
}

/** A stored table: its definition, and the values that its creation added. */
export interface Table extends TableDefinition {
  TableArn: string;
  TableId: string;
  CreationDateTime: number;
  TableStatus: 'ACTIVE';
  LatestStreamArn?: string;
  LatestStreamLabel?: string;
}

/** The catalog of tables. */
export class Tables {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  find(name: string): Table | undefined {
    const row = this.#database.get<{ description: string }>('select description from tables where name = ?', name);
    return row && JSON.parse(row.description);
  }

  get(name: string): Table {
    const table = this.find(name);
    if (!table) throw new ApiError('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
    return table;
  }

  /** Finds the table of a table ARN, an index ARN or a stream ARN. */
  byArn(arn: string): Table {
    const table = this.find(arn.split('/')[1] ?? '');
    if (!table || !arn.startsWith(table.TableArn)) throw new ApiError('ResourceNotFoundException', `Requested resource not found: ${arn}`);
    return table;
  }

  all(): Table[] {
    return this.#database
      .all<{ description: string }>('select description from tables order by name')
      .map((row) => JSON.parse(row.description));
  }

  save(table: Table): void {
    this.#database.run(
      'insert into tables values (?, ?) on conflict (name) do update set description = excluded.description',
      table.TableName,
      JSON.stringify(table),
    );
  }

  remove(name: string): void {
    this.#database.run('delete from tables where name = ?', name);
  }
}

/** All secondary indexes of a table; local and global ones are kept alike. */
export const indexesOf = (table: TableDefinition): SecondaryIndex[] => [
  ...(table.GlobalSecondaryIndexes ?? []),
  ...(table.LocalSecondaryIndexes ?? []),
];
