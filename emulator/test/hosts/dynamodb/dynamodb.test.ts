import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import db from 'dynalite/db/index.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Front, openFront, storyTable } from './front.ts';

let front: Front;

beforeEach(async () => {
  front = await openFront();
  await front.create(storyTable);
});

afterEach(() => front.close());

const TableName = 'story';
const put = (pk: string, sk: number, more: object = {}) => front.documents.send(new PutCommand({ TableName, Item: { pk, sk, ...more } }));
const byStatus = (more: object = {}) => ({
  TableName,
  IndexName: 'byStatus',
  KeyConditionExpression: '#s = :s',
  ExpressionAttributeNames: { '#s': 'status' },
  ExpressionAttributeValues: { ':s': 'open' },
  ...more,
});

async function everyPage(limit: number, request: object): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  for (let pages = 0; pages < 10; pages++) {
    const page = await front.documents.send(new QueryCommand({ ...(request as { TableName: string }), Limit: limit, ExclusiveStartKey }));
    found.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
    if (!ExclusiveStartKey) return found;
  }
  throw new Error('the pages do not end');
}

test('an item is read back as it was put, with every type of attribute', async () => {
  const item = {
    pk: 'a',
    sk: 1,
    text: 'ü',
    list: [1, 'x', null],
    map: { deep: { er: true } },
    set: new Set(['p', 'q']),
    bytes: new Uint8Array([1, 2]),
  };

  await front.documents.send(new PutCommand({ TableName, Item: item }));

  const { Item } = await front.documents.send(new GetCommand({ TableName, Key: { pk: 'a', sk: 1 }, ConsistentRead: true }));
  expect(Item).toEqual(item);
});

test('a failed condition changes nothing and returns the item on request', async () => {
  await put('a', 1, { version: 1 });

  const rejected = front.documents.send(
    new PutCommand({
      TableName,
      Item: { pk: 'a', sk: 1, version: 2 },
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }),
  );

  await expect(rejected).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: { version: { N: '1' } } });
  const { Item } = await front.documents.send(new GetCommand({ TableName, Key: { pk: 'a', sk: 1 } }));
  expect(Item).toMatchObject({ version: 1 });
});

test('an update expression sets, counts and removes, and moves the item within its index', async () => {
  await put('a', 1, { status: 'open', gone: 1 });

  const { Attributes } = await front.documents.send(
    new UpdateCommand({
      TableName,
      Key: { pk: 'a', sk: 1 },
      UpdateExpression: 'SET #s = :closed, tries = if_not_exists(tries, :zero) + :one REMOVE gone',
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: { ':closed': 'closed', ':zero': 0, ':one': 1 },
      ReturnValues: 'ALL_NEW',
    }),
  );

  expect(Attributes).toEqual({ pk: 'a', sk: 1, status: 'closed', tries: 1 });
  expect((await front.documents.send(new QueryCommand(byStatus()))).Items).toEqual([]);
});

test('numbers sort as numbers and a query can start anywhere, forwards and backwards', async () => {
  for (const sk of [10, -3, 2, 0.5, 100]) await put('a', sk);
  const query = (more: object) => ({
    TableName,
    KeyConditionExpression: 'pk = :p AND sk > :s',
    ExpressionAttributeValues: { ':p': 'a', ':s': -1 },
    ...more,
  });

  const forwards = await everyPage(2, query({}));
  const backwards = await everyPage(1, query({ ScanIndexForward: false }));

  expect(forwards.map(({ sk }) => sk)).toEqual([0.5, 2, 10, 100]);
  expect(backwards.map(({ sk }) => sk)).toEqual([100, 10, 2, 0.5]);
});

test('two items with index keys that differ only beyond the 24 bits of dynalite are both found, page by page', async () => {
  const [first, second] = collidingKeys();
  const Item = { sk: 1, status: 'open' };
  for (const pk of [first, second]) await front.documents.send(new PutCommand({ TableName, Item: { ...Item, pk } }));

  const forwards = await everyPage(1, byStatus());
  const backwards = await everyPage(1, byStatus({ ScanIndexForward: false }));

  expect(forwards.map(({ pk }) => pk).sort()).toEqual([first, second].sort());
  expect(backwards).toEqual(forwards.toReversed());
  await front.documents.send(new DeleteCommand({ TableName, Key: { pk: first, sk: 1 } }));
  expect(await everyPage(1, byStatus())).toMatchObject([{ pk: second }]);
});

test('one page holds about a megabyte', async () => {
  for (let sk = 0; sk < 5; sk++) await put('a', sk, { text: 'x'.repeat(300_000) });

  const { Items, LastEvaluatedKey } = await front.documents.send(new ScanCommand({ TableName }));

  expect(Items).toHaveLength(4);
  expect(LastEvaluatedKey).toEqual({ pk: 'a', sk: 3 });
});

test('an item over 400 KB is refused, counted in bytes and not in characters', async () => {
  await expect(put('a', 1, { text: 'ü'.repeat(210_000) })).rejects.toThrow('exceeded the maximum allowed size');
  await put('a', 1, { text: 'u'.repeat(399_000) });
});

test('a batch writes, deletes and reads in the order of its keys', async () => {
  await put('old', 1);
  await front.documents.send(
    new BatchWriteCommand({
      RequestItems: {
        story: [
          { PutRequest: { Item: { pk: 'b', sk: 1 } } },
          { PutRequest: { Item: { pk: 'a', sk: 1 } } },
          { DeleteRequest: { Key: { pk: 'old', sk: 1 } } },
        ],
      },
    }),
  );

  const Keys = ['b', 'old', 'a'].map((pk) => ({ pk, sk: 1 }));
  const { Responses, UnprocessedKeys } = await front.documents.send(
    new BatchGetCommand({ RequestItems: { story: { Keys, ProjectionExpression: 'pk' } } }),
  );

  expect(Responses).toEqual({ story: [{ pk: 'b' }, { pk: 'a' }] });
  expect(UnprocessedKeys).toEqual({});
});

test('a deleted item leaves table and index', async () => {
  await put('a', 1, { status: 'open' });

  const { Attributes } = await front.documents.send(new DeleteCommand({ TableName, Key: { pk: 'a', sk: 1 }, ReturnValues: 'ALL_OLD' }));

  expect(Attributes).toMatchObject({ status: 'open' });
  expect((await front.documents.send(new QueryCommand(byStatus()))).Count).toBe(0);
  expect((await front.documents.send(new ScanCommand({ TableName }))).Count).toBe(0);
});

test.each([
  ['PartiQL', 'ExecuteStatement', { Statement: 'SELECT * FROM story' }, 'ExecuteStatement is not supported'],
  ['an unknown member', 'PutItem', { TableName, Item: { pk: { S: 'a' }, sk: { N: '1' } }, Colour: 'red' }, 'Colour'],
  ['an unknown table', 'GetItem', { TableName: 'nobody', Key: { pk: { S: 'a' } } }, 'Requested resource not found'],
  ['a key that is not the schema’s', 'GetItem', { TableName, Key: { pk: { S: 'a' } } }, 'does not match the schema'],
])('%s is refused by name', async (_what, operation, request, message) => {
  await expect(front.call(operation, request)).rejects.toThrow(message);
});

function collidingKeys(): [string, string] {
  const seen = new Map<string, string>();
  for (let i = 0; ; i++) {
    const pk = `key ${i}`;
    const index = db.createIndexKey({ pk: { S: pk }, sk: { N: '1' }, status: { S: 'open' } }, storyTable as never, [
      { AttributeName: 'status', KeyType: 'HASH' },
    ]);
    const other = seen.get(index);
    if (other) return [other, pk];
    seen.set(index, pk);
  }
}
