import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { type Front, newDataDir, openFront, storyTable } from './front.ts';

const WRITER = new URL('./crash-writer.ts', import.meta.url).pathname;

test('after kill -9 every acknowledged transaction is there whole, in table, index and stream', async () => {
  const dataDir = newDataDir();
  const random = seeded(7);

  for (let round = 0; round < 5; round++) {
    const acknowledged = await writeUntilKilled(dataDir, 50 + Math.floor(random() * 500));

    const front = await openFront(dataDir);
    const { attributes } = await front.create(storyTable);
    await expectWhole(front, attributes.StreamArn ?? '', acknowledged);
    await front.close();
  }
});

async function writeUntilKilled(dataDir: string, sqlWrites: number): Promise<number> {
  const writer = spawn(process.execPath, [WRITER, dataDir, String(sqlWrites)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(writer, 'exit');
  let last = 0;
  for await (const line of createInterface(writer.stdout)) last = Number(line);
  expect(await exited).toEqual([null, 'SIGKILL']);
  return last;
}

async function expectWhole(front: Front, StreamArn: string, acknowledged: number): Promise<void> {
  const items = await scanAll(front);
  const length = items.find(({ pk }) => pk === 'head')?.length as number;
  const open = items.filter(({ status }) => status === 'open').map(({ sk }) => sk);

  expect(length).toBeGreaterThanOrEqual(acknowledged);
  expect(items).toHaveLength(length + 1);
  expect(open).toEqual([length]);
  expect(await countByStatus(front, 'open')).toBe(1);
  expect(await countByStatus(front, 'closed')).toBe(length - 1);
  expect(await countRecords(front, StreamArn)).toBe(3 * length - 1);
}

async function scanAll(front: Front): Promise<Record<string, unknown>[]> {
  const { Items = [], LastEvaluatedKey } = await front.documents.send(new ScanCommand({ TableName: 'story' }));
  expect(LastEvaluatedKey).toBeUndefined();
  return Items;
}

async function countByStatus(front: Front, status: string): Promise<number> {
  const names = { ExpressionAttributeNames: { '#s': 'status' }, ExpressionAttributeValues: { ':s': status } };
  const query = { TableName: 'story', IndexName: 'byStatus', KeyConditionExpression: '#s = :s', ...names };
  return (await front.documents.send(new QueryCommand({ ...query, Select: 'COUNT' }))).Count ?? 0;
}

async function countRecords(front: Front, StreamArn: string): Promise<number> {
  const ShardId = 'shardId-00000000000000000000-00000001';
  let { ShardIterator } = await front.call('GetShardIterator', { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  for (let count = 0; ; ) {
    const { Records, NextShardIterator } = await front.call('GetRecords', { ShardIterator });
    if (Records.length === 0) return count;
    count += Records.length;
    ShardIterator = NextShardIterator;
  }
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}
