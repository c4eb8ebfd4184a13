import { type ApiCall, ApiError, type ApiReply, type Host, type HostContext, type HostedResource, type TemplateResource } from '../host.ts';
import { itemOperations } from './item-operations.ts';
import { changeTable, createTable } from './lifecycle.ts';
import { settingsOperations } from './settings-operations.ts';
import { openStorage, type Storage } from './storage.ts';
import { streamOperations } from './stream-operations.ts';
import { tableOperations } from './table-operations.ts';
import type { TableDefinition } from './tables.ts';
import { globalTableOf, tableOf } from './template.ts';
import { transactionOperations } from './transactions.ts';
import type { Operation, Request } from './wire.ts';

/** The host of tables, which can also tell in-process that a stream has new records. */
export interface DynamoDbHost extends Host {
  /** Calls the listener after each commit that wrote to the stream; returns a function that stops it. */
  onStreamRecord(streamArn: string, listener: () => void): () => void;
}

const JSON_1_0 = { 'content-type': 'application/x-amz-json-1.0' };

/** Hosts `AWS::DynamoDB::*` and the DynamoDB and DynamoDB Streams APIs over one SQLite file. */
export function hostDynamoDb(context: HostContext): DynamoDbHost {
  const storage = openStorage(context);
  const operations = operationsOf(storage);
  const create = (definition: (resource: TemplateResource) => TableDefinition) => async (resource: TemplateResource) =>
    storage.database.transaction(() => apply(storage, definition(resource)));
  return {
    signingNames: ['dynamodb'],
    handle: async (call) => answer(storage, operations, call),
    resources: { 'AWS::DynamoDB::Table': create(tableOf), 'AWS::DynamoDB::GlobalTable': create(globalTableOf) },
    start: async () => storage.expiry.arm(),
    stop: async () => {
      storage.expiry.stop();
      storage.database.close();
    },
    onStreamRecord: (streamArn, listener) => storage.streams.onRecord(streamArn, listener),
  };
}

const operationsOf = (storage: Storage): Record<string, Operation> => ({
  ...itemOperations(storage),
  ...transactionOperations(storage),
  ...tableOperations(storage),
  ...settingsOperations(storage),
  ...streamOperations(storage),
});

function answer(storage: Storage, operations: Record<string, Operation>, call: ApiCall): ApiReply {
  const name = call.operation.split('.').at(-1) ?? '';
  const operation = operations[name];
  if (!operation) throw new ApiError('UnknownOperationException', `${name} is not supported by the local DynamoDB`);
  const response = storage.database.transaction(() => operation(requestOf(call)));
  return { status: 200, headers: JSON_1_0, body: JSON.stringify(response) };
}

function requestOf({ body }: ApiCall): Request {
  try {
    return JSON.parse(body.toString('utf8') || '{}');
  } catch {
    throw new ApiError('SerializationException', 'The body is not JSON');
  }
}

function apply(storage: Storage, definition: TableDefinition): HostedResource {
  const before = storage.tables.find(definition.TableName);
  const table = before ? changeTable(storage, before, definition) : createTable(storage, definition);
  const { TableArn: Arn, TableId, LatestStreamArn: StreamArn } = table;
  return { ref: table.TableName, attributes: { Arn, TableId, ...(StreamArn && { StreamArn }) } };
}
