import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../clock/clock.ts';
import type { Database } from './database.ts';
import { itemBytes } from './size.ts';
import type { Table } from './tables.ts';
import type { Item, Response } from './wire.ts';

/** The service that changed an item without a caller. Only an expiry has one. */
export interface UserIdentity {
  PrincipalId: string;
  Type: string;
}

interface StoredRecord {
  sequence: number;
  at: number;
  record: string;
}

/** The change records of all streams, written in the transaction of the change. */
export class Streams {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Appends one change; a write that changed nothing leaves no record, as on AWS. */
  append(table: Table, before: Item | undefined, after: Item | undefined, userIdentity?: UserIdentity): void {
    const streamArn = table.LatestStreamArn;
    if (!streamArn || isDeepStrictEqual(before, after)) return;
    const record = { eventName: !before ? 'INSERT' : after ? 'MODIFY' : 'REMOVE', userIdentity, dynamodb: imagesOf(table, before, after) };
    this.#database.run(
      'insert into stream_records (stream_arn, at, record) values (?, ?, ?)',
      streamArn,
      this.#clock.nowMs(),
      JSON.stringify(record),
    );
    this.#database.afterCommit(`stream ${streamArn}`, () => this.#notify(streamArn));
  }

  /** Reads records after a sequence number, oldest first. */
  after(streamArn: string, sequence: number, limit: number): StoredRecord[] {
    return this.#database.all(
      'select sequence, at, record from stream_records where stream_arn = ? and sequence > ? order by sequence limit ?',
      streamArn,
      sequence,
      limit,
    );
  }

  latestSequence(streamArn: string): number {
    const sql = 'select coalesce(max(sequence), 0) latest from stream_records where stream_arn = ?';
    return this.#database.get<{ latest: number }>(sql, streamArn)?.latest ?? 0;
  }

  forget(streamArn: string): void {
    this.#database.run('delete from stream_records where stream_arn = ?', streamArn);
  }

  /** Calls the listener soon after every commit that wrote to the stream; returns a function that stops it. */
  onRecord(streamArn: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(streamArn) ?? new Set();
    this.#listeners.set(streamArn, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  // A microtask keeps a failing listener out of the write's answer and still runs before virtual time can advance.
  #notify(streamArn: string): void {
    for (const listener of this.#listeners.get(streamArn) ?? []) queueMicrotask(listener);
  }
}

/** Pads a sequence number to the 21 digits that the API promises at least. */
export const sequenceNumber = (sequence: number): string => String(sequence).padStart(21, '0');

/** Makes the record that GetRecords answers. */
export function apiRecord(streamArn: string, stored: StoredRecord): Response {
  const { eventName, userIdentity, dynamodb } = JSON.parse(stored.record);
  return {
    eventID: createHash('md5').update(`${streamArn}${stored.sequence}`).digest('hex'),
    eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: streamArn.split(':')[3],
    userIdentity,
    dynamodb: { ...dynamodb, ApproximateCreationDateTime: Math.floor(stored.at / 1000), SequenceNumber: sequenceNumber(stored.sequence) },
  };
}

function imagesOf(table: Table, before: Item | undefined, after: Item | undefined): Response {
  const StreamViewType = table.streamViewType;
  const image = (after ?? before) as Item;
  const Keys = Object.fromEntries(table.KeySchema.map(({ AttributeName }) => [AttributeName, image[AttributeName] ?? {}]));
  const NewImage = StreamViewType === 'NEW_IMAGE' || StreamViewType === 'NEW_AND_OLD_IMAGES' ? after : undefined;
  const OldImage = StreamViewType === 'OLD_IMAGE' || StreamViewType === 'NEW_AND_OLD_IMAGES' ? before : undefined;
  const SizeBytes = itemBytes(Keys) + itemBytes(NewImage ?? {}) + itemBytes(OldImage ?? {});
  return { Keys, NewImage, OldImage, SizeBytes, StreamViewType };
}
