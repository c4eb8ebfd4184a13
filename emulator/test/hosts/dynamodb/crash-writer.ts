import { StatementSync } from 'node:sqlite';
import { VirtualClock } from '../../../clock/clock.ts';
import { hostDynamoDb } from '../../../hosts/dynamodb/dynamodb.ts';
import { contextOf, storyTable } from './context.ts';

// Appends events until it kills itself before its n-th SQL write, and prints the acknowledged ones.
// A parent's kill would always arrive between two requests, where no transaction is open.
const [dataDir = '', writes] = process.argv.slice(2);
let left = Number(writes);
const { run } = StatementSync.prototype;
StatementSync.prototype.run = function (...values: unknown[]) {
  if (left-- === 0) process.kill(process.pid, 'SIGKILL');
  return Reflect.apply(run, this, values);
};

const host = hostDynamoDb(contextOf(new VirtualClock(0), dataDir));
await host.resources['AWS::DynamoDB::GlobalTable']?.({ logicalId: 'Story', type: 'AWS::DynamoDB::GlobalTable', properties: storyTable });

const call = async (operation: string, request: object) => {
  const body = Buffer.from(JSON.stringify(request));
  const caller = { arn: 'arn:aws:iam::000000000000:role/writer' };
  const target = { signingName: 'dynamodb', method: 'POST', path: '/', query: new URLSearchParams(), headers: {} };
  return JSON.parse((await host.handle({ ...target, operation, caller, body })).body.toString());
};

const TableName = 'story';
const key = (pk: string, sk: number) => ({ pk: { S: pk }, sk: { N: String(sk) } });
const set = (Key: object, attribute: string, value: object) => ({
  Update: {
    TableName,
    Key,
    UpdateExpression: 'SET #a = :v',
    ExpressionAttributeNames: { '#a': attribute },
    ExpressionAttributeValues: { ':v': value },
  },
});

const { Item } = await call('GetItem', { TableName, Key: key('head', 0) });
for (let n = Number(Item?.length.N ?? 0) + 1; ; n++) {
  const close = n > 1 ? [set(key('event', n - 1), 'status', { S: 'closed' })] : [];
  const open = { Put: { TableName, Item: { ...key('event', n), status: { S: 'open' } } } };
  await call('TransactWriteItems', { TransactItems: [...close, open, set(key('head', 0), 'length', { N: String(n) })] });
  process.stdout.write(`${n}\n`);
}
