import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll } from 'vitest';
import { VirtualClock } from '../../../clock/clock.ts';
import { type DynamoDbHost, hostDynamoDb } from '../../../hosts/dynamodb/dynamodb.ts';
import { ApiError, type ApiReply, type TemplateResource } from '../../../hosts/host.ts';
import { contextOf, storyTable } from './context.ts';

export { storyTable };

const folder = mkdtempSync(join(tmpdir(), 'sluice-dynamodb-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Names a data folder that does not exist yet and that goes away after the test file. */
export const newDataDir = () => join(mkdtempSync(join(folder, 'run-')), 'dynamodb');

export const START_MS = Date.parse('2026-03-01T00:00:00Z');

/** One host behind a bare HTTP endpoint, with the SDK pointed at it. */
export interface Front {
  readonly host: DynamoDbHost;
  readonly clock: VirtualClock;
  readonly dataDir: string;
  readonly client: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
  /** Calls an operation without the SDK, as a client of the streams API would. */
  // biome-ignore lint/suspicious/noExplicitAny: raw answers of operations whose SDK client is not installed
  call(operation: string, request: object): Promise<any>;
  create(properties: object, type?: string): ReturnType<NonNullable<DynamoDbHost['resources'][string]>>;
  close(): Promise<void>;
}

export async function openFront(dataDir = newDataDir(), clock = new VirtualClock(START_MS)): Promise<Front> {
  const host = hostDynamoDb(contextOf(clock, dataDir));
  const server = await listen(host);
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
  await host.start();
  return {
    host,
    clock,
    dataDir,
    client,
    documents: DynamoDBDocumentClient.from(client),
    call: async (operation, request) => JSON.parse((await handle(host, operation, Buffer.from(JSON.stringify(request)))).body.toString()),
    create: (properties, type = 'AWS::DynamoDB::GlobalTable') => create(host, { logicalId: 'Story', type, properties }),
    async close() {
      client.destroy();
      await new Promise((closed) => server.close(closed));
      await host.stop();
    },
  };
}

export function create(host: DynamoDbHost, resource: TemplateResource) {
  const creator = host.resources[resource.type];
  if (!creator) throw new Error(`no host for ${resource.type}`);
  return creator(resource);
}

export const handle = (host: DynamoDbHost, operation: string, body: Buffer): Promise<ApiReply> =>
  host.handle({
    signingName: 'dynamodb',
    operation,
    caller: { arn: 'arn:aws:iam::000000000000:role/test' },
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers: {},
    body,
  });

async function listen(host: DynamoDbHost): Promise<Server> {
  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const reply = await handle(host, operation, await buffer(request)).catch(errorReply);
    response.writeHead(reply.status, { 'content-type': 'application/x-amz-json-1.0', ...reply.headers }).end(reply.body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}

function errorReply(error: unknown): ApiReply {
  if (!(error instanceof ApiError)) return { status: 500, body: JSON.stringify({ __type: 'InternalServerError', message: String(error) }) };
  return { status: error.status, body: JSON.stringify({ __type: error.name, message: error.message, ...error.fields }) };
}
