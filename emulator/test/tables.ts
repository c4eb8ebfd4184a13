import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../clock/clock.ts';
import { apiErrorOf, errorReply } from '../endpoint/error-reply.ts';
import { hostDynamoDb } from '../hosts/dynamodb/dynamodb.ts';
import type { ApiCall } from '../hosts/host.ts';
import { contextOf } from './hosts/dynamodb/context.ts';

/** One resource as a template holds it. */
export interface TableResource {
  readonly Type: string;
  readonly Properties: object;
}

interface SdkRequest {
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** Tables without a network: an SDK client with this `requestHandler` gets each answer before any timer fires. */
export interface HostedTables {
  readonly requestHandler: { handle(request: SdkRequest): Promise<{ response: SdkResponse }> };
  stop(): Promise<void>;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** Hosts the tables of a template in a folder of their own; the caller stops them. */
export async function hostTables(resources: Readonly<Record<string, TableResource>>, clock: Clock): Promise<HostedTables> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tables-'));
  const host = hostDynamoDb(contextOf(clock, dataDir));
  for (const [logicalId, { Type: type, Properties: properties }] of Object.entries(resources)) {
    const create = host.resources[type];
    if (!create) throw new Error(`${logicalId} is a ${type}, which is no table`);
    await create({ logicalId, type, properties });
  }
  const answer = (call: ApiCall) => host.handle(call).catch((error: unknown) => errorReply(call, apiErrorOf(error, call, console.error)));
  return {
    requestHandler: {
      async handle(request) {
        const { status: statusCode, headers = {}, body } = await answer(callOf(request));
        return { response: { statusCode, headers, body: Buffer.from(body) } };
      },
    },
    async stop() {
      await host.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const callOf = ({ headers, body = '' }: SdkRequest): ApiCall => ({
  signingName: 'dynamodb',
  operation: headers['x-amz-target'] ?? '',
  caller: { arn: 'arn:aws:iam::000000000000:role/test' },
  method: 'POST',
  path: '/',
  query: new URLSearchParams(),
  headers,
  body: typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength),
});
