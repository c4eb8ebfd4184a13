import * as z from 'zod';
import { ApiError } from '../host.ts';
import { validate } from './actions.ts';
import { changeTable, createTable, deleteTable } from './lifecycle.ts';
import { parse } from './parse.ts';
import type { Storage } from './storage.ts';
import { indexesOf, type Table, type TableDefinition } from './tables.ts';
import type { Operation, Request, Response, SecondaryIndex } from './wire.ts';

const tags = z.array(z.strictObject({ Key: z.string(), Value: z.string() }));
const stream = z.strictObject({
  StreamEnabled: z.boolean(),
  StreamViewType: z.enum(['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']).optional(),
});
const named = z.strictObject({ TableName: z.string() });
const beyondDynalite = z.object({
  StreamSpecification: stream.optional(),
  DeletionProtectionEnabled: z.boolean().default(false),
  Tags: tags.default([]),
});
const indexUpdate = z.strictObject({
  Create: z.custom<SecondaryIndex>((value) => typeof value === 'object' && value !== null).optional(),
  Delete: z.strictObject({ IndexName: z.string() }).optional(),
});
const update = z.strictObject({
  TableName: z.string(),
  AttributeDefinitions: z.array(z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })).optional(),
  BillingMode: z.enum(['PAY_PER_REQUEST', 'PROVISIONED']).optional(),
  ProvisionedThroughput: z.strictObject({ ReadCapacityUnits: z.int(), WriteCapacityUnits: z.int() }).optional(),
  DeletionProtectionEnabled: z.boolean().optional(),
  StreamSpecification: stream.optional(),
  GlobalSecondaryIndexUpdates: z.array(indexUpdate).default([]),
});

/** The operations on tables: their life, indexes, stream and tags. */
export function tableOperations(storage: Storage): Record<string, Operation> {
  const { tables } = storage;
  return {
    CreateTable: (request) => ({ TableDescription: describe(storage, createTable(storage, definitionOf(request))) }),
    DescribeTable: (request) => ({ Table: describe(storage, tables.get(parse(named, request).TableName)) }),
    DeleteTable: (request) => {
      const table = deleteTable(storage, parse(named, request).TableName);
      return { TableDescription: { ...describe(storage, table), TableStatus: 'DELETING' } };
    },
    UpdateTable: (request) => updateTable(storage, request),
    ListTables: (request) => listTables(storage, request),
    TagResource: (request) => {
      const { ResourceArn, Tags } = parse(z.strictObject({ ResourceArn: z.string(), Tags: tags }), request);
      const table = tables.byArn(ResourceArn);
      tables.save({ ...table, tags: { ...table.tags, ...byKey(Tags) } });
      return {};
    },
    UntagResource: (request) => {
      const { ResourceArn, TagKeys } = parse(z.strictObject({ ResourceArn: z.string(), TagKeys: z.array(z.string()) }), request);
      const table = tables.byArn(ResourceArn);
      tables.save({ ...table, tags: Object.fromEntries(Object.entries(table.tags).filter(([key]) => !TagKeys.includes(key))) });
      return {};
    },
    ListTagsOfResource: (request) => {
      const table = tables.byArn(parse(z.strictObject({ ResourceArn: z.string() }), request).ResourceArn);
      return { Tags: Object.entries(table.tags).map(([Key, Value]) => ({ Key, Value })) };
    },
  };
}

/** Reads a CreateTable request. */
export function definitionOf(request: Request): TableDefinition {
  const { StreamSpecification, DeletionProtectionEnabled, Tags, ...rest } = request;
  const ours = parse(beyondDynalite, { StreamSpecification, DeletionProtectionEnabled, Tags });
  const { BillingMode = 'PROVISIONED', ...checked } = validate('createTable', rest) as unknown as TableDefinition;
  return {
    ...checked,
    BillingMode,
    DeletionProtectionEnabled: ours.DeletionProtectionEnabled,
    pointInTimeRecovery: false,
    streamViewType: viewTypeOf(ours.StreamSpecification),
    tags: byKey(ours.Tags),
  };
}

function updateTable(storage: Storage, request: Request): Response {
  const { TableName, StreamSpecification, GlobalSecondaryIndexUpdates, ...changes } = parse(update, request);
  const table = storage.tables.get(TableName);
  const stated = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const definition: TableDefinition = { ...table, ...stated };
  if (StreamSpecification) definition.streamViewType = viewTypeOf(StreamSpecification);
  const indexes = GlobalSecondaryIndexUpdates.reduce(changedIndexes, definition.GlobalSecondaryIndexes ?? []);
  definition.GlobalSecondaryIndexes = indexes.length ? indexes : undefined;
  return { TableDescription: describe(storage, changeTable(storage, table, checked(definition))) };
}

function changedIndexes(indexes: SecondaryIndex[], { Create, Delete }: z.infer<typeof indexUpdate>): SecondaryIndex[] {
  const others = indexes.filter(({ IndexName }) => IndexName !== (Create ?? Delete)?.IndexName);
  return Create ? [...others, Create] : others;
}

function checked(definition: TableDefinition): TableDefinition {
  const { TableName, KeySchema, BillingMode, ProvisionedThroughput, GlobalSecondaryIndexes, LocalSecondaryIndexes } = definition;
  const keys = new Set([KeySchema, ...indexesOf(definition).map((index) => index.KeySchema)].flat().map((key) => key.AttributeName));
  const AttributeDefinitions = definition.AttributeDefinitions.filter(({ AttributeName }) => keys.has(AttributeName));
  validate('createTable', {
    TableName,
    AttributeDefinitions,
    KeySchema,
    BillingMode,
    ProvisionedThroughput,
    GlobalSecondaryIndexes,
    LocalSecondaryIndexes,
  });
  return { ...definition, AttributeDefinitions };
}

function viewTypeOf(specification: z.infer<typeof stream> | undefined) {
  if (!specification?.StreamEnabled) return undefined;
  if (!specification.StreamViewType) throw new ApiError('ValidationException', 'StreamViewType is required when StreamEnabled is true');
  return specification.StreamViewType;
}

function listTables({ tables }: Storage, request: Request): Response {
  const { Limit = 100, ExclusiveStartTableName = '' } = validate('listTables', request) as {
    Limit?: number;
    ExclusiveStartTableName?: string;
  };
  const names = tables
    .all()
    .map(({ TableName }) => TableName)
    .filter((name) => name > ExclusiveStartTableName);
  const TableNames = names.slice(0, Limit);
  return { TableNames, ...(names.length > Limit && { LastEvaluatedTableName: TableNames.at(-1) }) };
}

function describe({ items }: Storage, table: Table): Response {
  const { streamViewType, timeToLiveAttribute, pointInTimeRecovery, policy, tags, BillingMode, ProvisionedThroughput, ...description } =
    table;
  const withArn = (index: SecondaryIndex) => ({ ...index, IndexArn: `${table.TableArn}/index/${index.IndexName}` });
  return {
    ...description,
    BillingModeSummary: { BillingMode },
    ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0, ...ProvisionedThroughput },
    GlobalSecondaryIndexes: table.GlobalSecondaryIndexes?.map((index) => ({ ...withArn(index), IndexStatus: 'ACTIVE' })),
    LocalSecondaryIndexes: table.LocalSecondaryIndexes?.map(withArn),
    StreamSpecification: streamViewType && { StreamEnabled: true, StreamViewType: streamViewType },
    ItemCount: items.count(table.TableName),
  };
}

const byKey = (list: z.infer<typeof tags>) => Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));
