import * as z from 'zod';
import { ApiError } from '../host.ts';
import { parse } from './parse.ts';
import type { Storage } from './storage.ts';
import { apiRecord, sequenceNumber } from './streams.ts';
import type { Table } from './tables.ts';
import type { Operation, Request, Response } from './wire.ts';

const SHARD_ID = 'shardId-00000000000000000000-00000001';
const LARGEST_PAGE_BYTES = 1024 * 1024;

const list = z.strictObject({
  TableName: z.string().optional(),
  Limit: z.int().min(1).optional(),
  ExclusiveStartStreamArn: z.string().optional(),
});
const description = z.strictObject({ StreamArn: z.string(), Limit: z.int().optional(), ExclusiveStartShardId: z.string().optional() });
const iterator = z.strictObject({
  StreamArn: z.string(),
  ShardId: z.literal(SHARD_ID),
  ShardIteratorType: z.enum(['TRIM_HORIZON', 'LATEST', 'AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER']),
  SequenceNumber: z.string().regex(/^\d+$/).optional(),
});
const records = z.strictObject({ ShardIterator: z.string(), Limit: z.int().min(1).max(1000).default(1000) });
const position = z.strictObject({ streamArn: z.string(), sequence: z.int() });

/** The DynamoDB Streams API over one shard per stream. It keeps records, where AWS trims them after 24 hours. */
export function streamOperations(storage: Storage): Record<string, Operation> {
  return {
    ListStreams: (request) => listStreams(storage, request),
    DescribeStream: (request) => {
      const { StreamArn, ExclusiveStartShardId } = parse(description, request);
      return { StreamDescription: describe(streamed(storage, StreamArn), ExclusiveStartShardId ? [] : [shard]) };
    },
    GetShardIterator: (request) => getShardIterator(storage, request),
    GetRecords: (request) => getRecords(storage, request),
  };
}

const shard = { ShardId: SHARD_ID, SequenceNumberRange: { StartingSequenceNumber: sequenceNumber(0) } };

function listStreams({ tables }: Storage, request: Request): Response {
  const { TableName, Limit = 100, ExclusiveStartStreamArn = '' } = parse(list, request);
  const all = tables
    .all()
    .filter((table) => table.LatestStreamArn && (TableName ?? table.TableName) === table.TableName)
    .map((table) => ({ StreamArn: table.LatestStreamArn ?? '', TableName: table.TableName, StreamLabel: table.LatestStreamLabel }))
    .sort((a, b) => (a.StreamArn < b.StreamArn ? -1 : 1))
    .filter(({ StreamArn }) => StreamArn > ExclusiveStartStreamArn);
  const Streams = all.slice(0, Limit);
  return { Streams, ...(all.length > Limit && { LastEvaluatedStreamArn: Streams.at(-1)?.StreamArn }) };
}

function describe(table: Table, Shards: Response[]): Response {
  return {
    StreamArn: table.LatestStreamArn,
    StreamLabel: table.LatestStreamLabel,
    StreamStatus: 'ENABLED',
    StreamViewType: table.streamViewType,
    TableName: table.TableName,
    KeySchema: table.KeySchema,
    Shards,
  };
}

function getShardIterator(storage: Storage, request: Request): Response {
  const { StreamArn, ShardIteratorType, SequenceNumber } = parse(iterator, request);
  streamed(storage, StreamArn);
  if (ShardIteratorType === 'TRIM_HORIZON') return { ShardIterator: tokenOf(StreamArn, 0) };
  if (ShardIteratorType === 'LATEST') return { ShardIterator: tokenOf(StreamArn, storage.streams.latestSequence(StreamArn)) };
  if (SequenceNumber === undefined) throw new ApiError('ValidationException', `${ShardIteratorType} needs a SequenceNumber`);
  const sequence = Number(SequenceNumber) - (ShardIteratorType === 'AT_SEQUENCE_NUMBER' ? 1 : 0);
  return { ShardIterator: tokenOf(StreamArn, sequence) };
}

function getRecords(storage: Storage, request: Request): Response {
  const { ShardIterator, Limit } = parse(records, request);
  const { streamArn, sequence } = positionOf(ShardIterator);
  streamed(storage, streamArn);
  const page = withinPage(storage.streams.after(streamArn, sequence, Limit));
  return {
    Records: page.map((record) => apiRecord(streamArn, record)),
    NextShardIterator: tokenOf(streamArn, page.at(-1)?.sequence ?? sequence),
  };
}

function withinPage<T extends { record: string }>(found: T[]): T[] {
  let bytes = 0;
  return found.filter(({ record }, i) => {
    bytes += record.length;
    return i === 0 || bytes <= LARGEST_PAGE_BYTES;
  });
}

function streamed({ tables }: Storage, streamArn: string): Table {
  const table = tables.byArn(streamArn);
  if (table.LatestStreamArn !== streamArn)
    throw new ApiError('ResourceNotFoundException', `Requested resource not found: Stream: ${streamArn} not found`);
  return table;
}

const tokenOf = (streamArn: string, sequence: number) => Buffer.from(JSON.stringify({ streamArn, sequence })).toString('base64url');

function positionOf(token: string): z.infer<typeof position> {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('{')) throw new ApiError('ValidationException', 'Invalid ShardIterator');
  return parse(position, JSON.parse(text));
}
