import { jsonBody } from '../endpoint/json-protocol.ts';
import { type Need, type Needs, need, type Where } from './need.ts';

const tableArn = ({ region, account }: Where, name: unknown) =>
  String(name).startsWith('arn:') ? String(name) : `arn:aws:dynamodb:${region}:${account}:table/${name}`;

const onTable =
  (action: string): Needs =>
  (call, where) => [need(`dynamodb:${action}`, tableArn(where, jsonBody(call).TableName))];

/** Reading by an index needs the index only, not its table. */
const onIndex =
  (action: string): Needs =>
  (call, where) => {
    const { TableName, IndexName } = jsonBody(call);
    return [need(`dynamodb:${action}`, tableArn(where, TableName) + (IndexName ? `/index/${IndexName}` : ''))];
  };

const onEveryTable =
  (action: string): Needs =>
  (call, where) =>
    Object.keys(jsonBody(call).RequestItems ?? {}).map((name) => need(`dynamodb:${action}`, tableArn(where, name)));

const ACTIONS: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

/** A transaction has no action of its own: each item is a call with an enclosing operation. */
const enclosing =
  (operation: string): Needs =>
  (call, where) =>
    ((jsonBody(call).TransactItems ?? []) as Record<string, { TableName: string }>[]).flatMap((item) =>
      Object.entries(item).map(([kind, { TableName }]) => itemNeed(kind, tableArn(where, TableName), operation)),
    );

function itemNeed(kind: string, table: string, operation: string): Need {
  const action = ACTIONS[kind];
  if (!action) throw new Error(`the rights that the item ${kind} of a transaction needs are not known`);
  return need(`dynamodb:${action}`, table, { 'dynamodb:enclosingoperation': operation });
}

const onStream =
  (action: string): Needs =>
  (call) => [need(`dynamodb:${action}`, streamArn(jsonBody(call)))];

/** An iterator carries the ARN of its stream. */
function streamArn({ StreamArn, ShardIterator }: { StreamArn?: string; ShardIterator?: string }): string {
  if (StreamArn) return StreamArn;
  const [arn] = /arn:aws:dynamodb:[^"]+/.exec(Buffer.from(ShardIterator ?? '', 'base64url').toString()) ?? [];
  return arn ?? '*';
}

const each = (actions: readonly string[], needsBy: (action: string) => Needs) =>
  Object.fromEntries(actions.map((action) => [action, needsBy(action)]));

/** The rights that each API of DynamoDB and its streams needs. */
export const dynamodbNeeds: Readonly<Record<string, Needs>> = {
  ...each(['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'DescribeTable', 'DescribeTimeToLive'], onTable),
  ...each(['Query', 'Scan'], onIndex),
  ...each(['BatchGetItem', 'BatchWriteItem'], onEveryTable),
  ...each(['DescribeStream', 'GetShardIterator', 'GetRecords'], onStream),
  TransactWriteItems: enclosing('TransactWriteItems'),
  TransactGetItems: enclosing('TransactGetItems'),
};
