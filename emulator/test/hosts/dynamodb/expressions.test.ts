import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Front, openFront, storyTable } from './front.ts';

let front: Front;

beforeAll(async () => {
  front = await openFront();
  await front.create(storyTable);
});

afterAll(() => front.close());

const TableName = 'story';
const Key = { pk: { S: 'a' }, sk: { N: '1' } };
const put = (attributes: object) => front.call('PutItem', { TableName, Item: { ...Key, ...attributes } });
const [one, two] = [{ M: { x: { S: '1' } } }, { M: { x: { S: '2' } } }];

test.each<[string, object, object | undefined, boolean]>([
  ['a = :v', { a: { BOOL: false } }, { BOOL: false }, true],
  ['a IN (:v)', { a: { BOOL: false } }, { BOOL: false }, true],
  ['a IN (:v)', { a: { S: '' } }, { S: '' }, true],
  ['size(a) = :v', { a: { S: '' } }, { N: '0' }, true],
  ['size(a) >= :v', { a: { SS: ['p', 'q'] } }, { N: '2' }, true],
  ['a = b', {}, undefined, false],
  ['a <= b', {}, undefined, false],
  ['a <> :v', {}, { S: 'x' }, true],
  ['NOT a = :v', {}, { S: 'x' }, true],
  ['a < :v', { a: { S: '5' } }, { N: '9' }, false],
  ['a > :v', { a: { N: '10' } }, { N: '9' }, true],
  ['a = :v', { a: { N: '1.0' } }, { N: '1' }, true],
  ['a BETWEEN :v AND b', { a: { N: '10' }, b: { N: '11' } }, { N: '9' }, true],
  ['a = :v', { a: one }, one, true],
  ['a = :v', { a: one }, two, false],
  ['a <> :v', { a: one }, one, false],
  ['a = :v', { a: { SS: ['p', 'q'] } }, { SS: ['q', 'p'] }, true],
  ['a = :v', { a: { L: [{ SS: ['p', 'q'] }, one] } }, { L: [{ SS: ['q', 'p'] }, one] }, true],
  ['a = :v', { a: { SS: ['1'] } }, { NS: ['1'] }, false],
  ['contains(a, :v)', { a: { L: [one] } }, one, true],
  ['contains(a, :v)', { a: { NS: ['1', '2'] } }, { N: '2' }, true],
  ['contains(a, :v)', { a: { S: 'abc' } }, { S: 'bc' }, true],
  ['contains(a, :v)', { a: { SS: ['abc'] } }, { S: 'bc' }, false],
  ['begins_with(a, :v)', { a: { S: 'abc' } }, { S: 'ab' }, true],
  ['begins_with(a, :v)', {}, { S: 'ab' }, false],
  ['attribute_type(a, :v) AND attribute_exists(a.x) AND attribute_not_exists(a.y)', { a: one }, { S: 'M' }, true],
  ['a.x = :v OR b[1] = :v', { b: { L: [{ N: '0' }, { N: '1' }] } }, { N: '1' }, true],
])('%s, on %j with %j, is %s, as a condition and as a filter', async (expression, attributes, value, outcome) => {
  await put(attributes);
  const ExpressionAttributeValues = value && { ':v': value };

  const filtered = await front.call('Scan', {
    TableName,
    FilterExpression: expression,
    ExpressionAttributeValues,
    ProjectionExpression: 'sk',
  });
  const deleted = front.call('DeleteItem', { TableName, Key, ConditionExpression: expression, ExpressionAttributeValues });

  expect(filtered).toEqual({ Count: outcome ? 1 : 0, ScannedCount: 1, Items: outcome ? [{ sk: { N: '1' } }] : [] });
  if (outcome) await deleted;
  else await expect(deleted).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
});

test('a filtered count counts what passes, and its page says where it ended', async () => {
  await put({ a: { N: '1' } });
  await front.call('PutItem', { TableName, Item: { ...Key, sk: { N: '2' } } });

  const filter = {
    KeyConditionExpression: 'pk = :p',
    FilterExpression: 'attribute_exists(a)',
    ExpressionAttributeValues: { ':p': Key.pk },
  };
  const page = await front.call('Query', { TableName, ...filter, Select: 'COUNT', Limit: 2 });

  expect(page).toEqual({ Count: 1, ScannedCount: 2, LastEvaluatedKey: { pk: { S: 'a' }, sk: { N: '2' } } });
});

test.each([
  ['REMOVE l[0], l[2]', ['1', '3']],
  ['REMOVE l[2], l[0]', ['1', '3']],
  ['SET l[3] = :x REMOVE l[0]', ['1', '2', '9']],
  ['SET l = list_append(:l, l)', ['9', '0', '1', '2', '3']],
])('%s changes the positions that the list had before', async (UpdateExpression, expected) => {
  await put({ l: { L: ['0', '1', '2', '3'].map((N) => ({ N })) } });
  const values = { ':x': { N: '9' }, ':l': { L: [{ N: '9' }] } };
  const ExpressionAttributeValues = Object.fromEntries(Object.entries(values).filter(([name]) => UpdateExpression.includes(name)));

  const request = { TableName, Key, UpdateExpression, ReturnValues: 'UPDATED_NEW' };
  await front.call('UpdateItem', Object.keys(ExpressionAttributeValues).length ? { ...request, ExpressionAttributeValues } : request);

  const { Item } = await front.call('GetItem', { TableName, Key });
  expect(Item.l.L.map(({ N }: { N: string }) => N)).toEqual(expected);
});

test('an empty index key is refused', async () => {
  await expect(put({ status: { S: '' } })).rejects.toThrow('IndexKey: status');
});
