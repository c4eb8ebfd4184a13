import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { PutCommand, ScanCommand, TransactGetCommand, TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Front, openFront, START_MS, storyTable } from './front.ts';

let front: Front;

beforeEach(async () => {
  front = await openFront();
  await front.create(storyTable);
});

afterEach(() => front.close());

const TableName = 'story';
const transact = (TransactItems: TransactWriteCommandInput['TransactItems'], ClientRequestToken?: string) =>
  front.documents.send(new TransactWriteCommand({ TransactItems, ClientRequestToken }));
const put = (pk: string, more: object = {}) => ({ Put: { TableName, Item: { pk, sk: 1, ...more } } });
const all = async () => (await front.documents.send(new ScanCommand({ TableName }))).Items ?? [];
const storyStreamArn = async () => (await front.create(storyTable)).attributes.StreamArn;

async function recordCount(): Promise<number> {
  const { ShardIterator } = await front.call('GetShardIterator', {
    StreamArn: await storyStreamArn(),
    ShardId: 'shardId-00000000000000000000-00000001',
    ShardIteratorType: 'TRIM_HORIZON',
  });
  return (await front.call('GetRecords', { ShardIterator })).Records.length;
}

test('a transaction puts, updates, deletes and checks, all together', async () => {
  await front.documents.send(new PutCommand({ TableName, Item: { pk: 'head', sk: 1, length: 4 } }));
  await front.documents.send(new PutCommand({ TableName, Item: { pk: 'old', sk: 1 } }));
  await front.documents.send(new PutCommand({ TableName, Item: { pk: 'policy', sk: 1, version: 7 } }));

  await transact([
    { Put: { ...put('event').Put, ConditionExpression: 'attribute_not_exists(pk)' } },
    {
      Update: {
        TableName,
        Key: { pk: 'head', sk: 1 },
        UpdateExpression: 'SET #l = #l + :one',
        ExpressionAttributeNames: { '#l': 'length' },
        ExpressionAttributeValues: { ':one': 1 },
      },
    },
    { Delete: { TableName, Key: { pk: 'old', sk: 1 } } },
    {
      ConditionCheck: {
        TableName,
        Key: { pk: 'policy', sk: 1 },
        ConditionExpression: 'version = :v',
        ExpressionAttributeValues: { ':v': 7 },
      },
    },
  ]);

  expect((await all()).sort((a, b) => (a.pk < b.pk ? -1 : 1))).toEqual([
    { pk: 'event', sk: 1 },
    { pk: 'head', sk: 1, length: 5 },
    { pk: 'policy', sk: 1, version: 7 },
  ]);
});

test('one failed condition cancels everything, stream records included, with a reason per item', async () => {
  await front.documents.send(new PutCommand({ TableName, Item: { pk: 'taken', sk: 1, owner: 'x' } }));
  const before = await recordCount();

  const cancelled = await transact([
    put('new', { status: 'open' }),
    { Put: { ...put('taken').Put, ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } },
    {
      ConditionCheck: {
        TableName,
        Key: { pk: 'nobody', sk: 1 },
        ConditionExpression: 'attribute_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    },
  ]).catch((error: unknown) => error);

  expect(cancelled).toBeInstanceOf(TransactionCanceledException);
  const { CancellationReasons, message } = cancelled as TransactionCanceledException;
  expect(message).toContain('[None, ConditionalCheckFailed, ConditionalCheckFailed]');
  expect(CancellationReasons?.map(({ Code }) => Code)).toEqual(['None', 'ConditionalCheckFailed', 'ConditionalCheckFailed']);
  expect(CancellationReasons?.[1]).toMatchObject({ Item: { owner: { S: 'x' } } });
  expect(CancellationReasons?.[2]?.Item).toBeUndefined();
  expect(await all()).toEqual([{ pk: 'taken', sk: 1, owner: 'x' }]);
  expect(await recordCount()).toBe(before);
});

test('a repeated token does nothing for ten minutes, and is refused for another request', async () => {
  const count = {
    Update: { TableName, Key: { pk: 'n', sk: 1 }, UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': 1 } },
  };
  const again = () => transact([count], 'token');

  await again();
  await again();
  expect(await all()).toEqual([{ pk: 'n', sk: 1, n: 1 }]);
  await expect(transact([put('other')], 'token')).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });

  await front.clock.runUntil(new Promise<void>((resume) => front.clock.at(START_MS + 600_000, resume)));
  await again();
  expect(await all()).toEqual([{ pk: 'n', sk: 1, n: 2 }]);
});

test('a cancelled transaction does not spend its token', async () => {
  const guarded = () =>
    transact(
      [
        { Put: { ...put('a').Put, ConditionExpression: 'attribute_not_exists(pk)' } },
        { ConditionCheck: { TableName, Key: { pk: 'gate', sk: 1 }, ConditionExpression: 'attribute_exists(pk)' } },
      ],
      'token',
    );
  await expect(guarded()).rejects.toThrow('ConditionalCheckFailed');

  await front.documents.send(new PutCommand({ TableName, Item: { pk: 'gate', sk: 1 } }));
  await guarded();

  expect(await all()).toHaveLength(2);
});

test.each([
  ['two operations on one item', () => [put('a'), { Delete: { TableName, Key: { pk: 'a', sk: 1 } } }], 'multiple operations on one item'],
  ['more than a hundred operations', () => Array.from({ length: 101 }, (_, i) => put(`p${i}`)), '<=100'],
  ['more than four megabytes', () => Array.from({ length: 11 }, (_, i) => put(`p${i}`, { text: 'x'.repeat(395_000) })), '4 MB'],
  [
    'an update of a key attribute',
    () => [{ Update: { TableName, Key: { pk: 'a', sk: 1 }, UpdateExpression: 'SET pk = :b', ExpressionAttributeValues: { ':b': 'b' } } }],
    'ValidationError',
  ],
])('a transaction with %s is refused and writes nothing', async (_what, items, message) => {
  await expect(transact(items())).rejects.toThrow(message);

  expect(await all()).toEqual([]);
});

test('a transactional read returns items in the requested order, absent ones empty', async () => {
  await transact([put('a', { secret: 1, open: 2 }), put('b')]);
  const get = (pk: string, more: object = {}) => ({ Get: { TableName, Key: { pk, sk: 1 }, ...more } });

  const { Responses } = await front.documents.send(
    new TransactGetCommand({
      TransactItems: [get('b'), get('nobody'), get('a', { ProjectionExpression: '#o', ExpressionAttributeNames: { '#o': 'open' } })],
    }),
  );

  expect(Responses).toEqual([{ Item: { pk: 'b', sk: 1 } }, {}, { Item: { open: 2 } }]);
});
