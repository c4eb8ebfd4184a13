import { UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, PutCommand, QueryCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Front, openFront, START_MS, storyTable } from './front.ts';

let front: Front;
let StreamArn: string;

beforeEach(async () => {
  front = await openFront();
  StreamArn = (await front.create(storyTable)).attributes.StreamArn ?? '';
});

afterEach(() => front.close());

const TableName = 'story';
const START_S = START_MS / 1000;
const put = (pk: string, more: object = {}) => front.documents.send(new PutCommand({ TableName, Item: { pk, sk: 1, ...more } }));
const pass = (ms: number) => front.clock.runUntil(new Promise<void>((resume) => front.clock.at(front.clock.nowMs() + ms, resume)));
const scanned = async () => ((await front.documents.send(new ScanCommand({ TableName }))).Items ?? []).map(({ pk }) => pk).sort();

async function iterator(ShardIteratorType: string, more: object = {}, streamArn = StreamArn): Promise<string> {
  const { StreamDescription } = await front.call('DescribeStream', { StreamArn: streamArn });
  const { ShardId } = StreamDescription.Shards[0];
  return (await front.call('GetShardIterator', { StreamArn: streamArn, ShardId, ShardIteratorType, ...more })).ShardIterator;
}

const records = async (ShardIterator: string, more: object = {}) => front.call('GetRecords', { ShardIterator, ...more });

test('every change is one record, in order, with both images', async () => {
  await put('a', { n: 1 });
  await put('a', { n: 2 });
  await put('a', { n: 2 });
  await front.documents.send(new DeleteCommand({ TableName, Key: { pk: 'a', sk: 1 } }));
  await front.documents.send(new DeleteCommand({ TableName, Key: { pk: 'a', sk: 1 } }));

  const { Records } = await records(await iterator('TRIM_HORIZON'));

  const [key, one, two] = [{ pk: { S: 'a' }, sk: { N: '1' } }, { n: { N: '1' } }, { n: { N: '2' } }];
  expect(Records).toMatchObject([
    {
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: { Keys: key, NewImage: { ...key, ...one }, StreamViewType: 'NEW_AND_OLD_IMAGES', ApproximateCreationDateTime: START_S },
    },
    { eventName: 'MODIFY', dynamodb: { OldImage: one, NewImage: two } },
    { eventName: 'REMOVE', dynamodb: { OldImage: two } },
  ]);
  expect(Records[0].dynamodb).not.toHaveProperty('OldImage');
  expect(Records[2].dynamodb).not.toHaveProperty('NewImage');
  expect(Records[0]).not.toHaveProperty('userIdentity');
});

test('an iterator goes on where the last page ended, and starts at its sequence number', async () => {
  for (const pk of ['a', 'b', 'c']) await put(pk);
  const pkOf = ({ Records }: { Records: { dynamodb: { Keys: { pk: { S: string } } } }[] }) => Records.map((r) => r.dynamodb.Keys.pk.S);

  const first = await records(await iterator('TRIM_HORIZON'), { Limit: 2 });
  const second = await records(first.NextShardIterator);
  const latest = await iterator('LATEST');
  await put('d');
  const SequenceNumber = first.Records[1].dynamodb.SequenceNumber;

  expect([pkOf(first), pkOf(second)]).toEqual([['a', 'b'], ['c']]);
  expect(pkOf(await records(second.NextShardIterator))).toEqual(['d']);
  expect(pkOf(await records(latest))).toEqual(['d']);
  expect(pkOf(await records(await iterator('AT_SEQUENCE_NUMBER', { SequenceNumber })))).toEqual(['b', 'c', 'd']);
  expect(pkOf(await records(await iterator('AFTER_SEQUENCE_NUMBER', { SequenceNumber })))).toEqual(['c', 'd']);
});

test.each([
  ['KEYS_ONLY', []],
  ['NEW_IMAGE', ['NewImage']],
  ['OLD_IMAGE', ['OldImage']],
])('a %s stream carries nothing else', async (StreamViewType, images) => {
  const { attributes } = await front.create({ ...storyTable, TableName: 'other', StreamSpecification: { StreamViewType } });
  for (const n of [1, 2]) await front.documents.send(new PutCommand({ TableName: 'other', Item: { pk: 'a', sk: 1, n } }));

  const { Records } = await records(await iterator('TRIM_HORIZON', {}, attributes.StreamArn));

  expect(Object.keys(Records[1].dynamodb).filter((member) => member.endsWith('Image'))).toEqual(images);
});

test('streams are listed, and a stream that does not exist is not found', async () => {
  const { Streams } = await front.call('ListStreams', { TableName });

  expect(Streams).toEqual([{ StreamArn, TableName, StreamLabel: '2026-03-01T00:00:00.000' }]);
  await expect(front.call('DescribeStream', { StreamArn: `${StreamArn}0` })).rejects.toThrow('not found');
});

test('a listener is called once per commit that wrote, and never for a failed write', async () => {
  let told = 0;
  const stop = front.host.onStreamRecord(StreamArn, () => told++);

  await put('a');
  await front.call('BatchWriteItem', {
    RequestItems: { story: ['b', 'c'].map((pk) => ({ PutRequest: { Item: { pk: { S: pk }, sk: { N: '1' } } } })) },
  });
  await expect(
    front.documents.send(new PutCommand({ TableName, Item: { pk: 'a', sk: 1 }, ConditionExpression: 'attribute_not_exists(pk)' })),
  ).rejects.toThrow();
  await put('a');
  stop();
  await put('z');

  expect(told).toBe(2);
});

test('an item expires at its second, from table, index and stream, deleted by the service itself', async () => {
  await put('soon', { status: 'open', expires: START_S + 60 });
  await put('later', { expires: START_S + 3600 });
  await put('never', { expires: 'text' });

  await pass(59_000);
  expect(await scanned()).toEqual(['later', 'never', 'soon']);
  await pass(1_000);

  expect(await scanned()).toEqual(['later', 'never']);
  const query = {
    TableName,
    IndexName: 'byStatus',
    KeyConditionExpression: '#s = :s',
    ExpressionAttributeNames: { '#s': 'status' },
    ExpressionAttributeValues: { ':s': 'open' },
  };
  expect((await front.documents.send(new QueryCommand(query))).Count).toBe(0);
  const { Records } = await records(await iterator('TRIM_HORIZON'));
  expect(Records.at(-1)).toMatchObject({ eventName: 'REMOVE', userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' } });
});

test('a prolonged item does not expire at its former time', async () => {
  await put('a', { expires: START_S + 60 });
  await front.documents.send(
    new UpdateCommand({
      TableName,
      Key: { pk: 'a', sk: 1 },
      UpdateExpression: 'SET expires = :e',
      ExpressionAttributeValues: { ':e': START_S + 120 },
    }),
  );

  await pass(119_000);
  expect(await scanned()).toEqual(['a']);
  await pass(1_000);
  expect(await scanned()).toEqual([]);
});

test('a time more than five years past does not expire an item', async () => {
  await put('zero', { expires: 0 });
  await put('past', { expires: START_S - 10 });

  await pass(1_000);

  expect(await scanned()).toEqual(['zero']);
});

test('no timer is left when nothing expires, so that virtual time can run out', async () => {
  const timers = new Set<number>();
  const at = front.clock.at.bind(front.clock);
  front.clock.at = (epochMs, fire) => {
    timers.add(epochMs);
    const cancel = at(epochMs, fire);
    return () => {
      timers.delete(epochMs);
      cancel();
    };
  };

  await put('plain');
  await put('a', { expires: START_S + 60 });
  expect([...timers]).toEqual([START_MS + 60_000]);
  await front.documents.send(new DeleteCommand({ TableName, Key: { pk: 'a', sk: 1 } }));

  expect([...timers]).toEqual([]);
});

test('expiry starts for the items that exist when it is enabled, and stops when it is disabled', async () => {
  await put('a', { until: START_S + 60, expires: START_S + 60 });
  const set = (AttributeName: string, Enabled: boolean) =>
    front.client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName, Enabled } }));

  await set('expires', false);
  await pass(61_000);
  expect(await scanned()).toEqual(['a']);
  await set('until', true);
  await pass(1_000);

  expect(await scanned()).toEqual([]);
});
