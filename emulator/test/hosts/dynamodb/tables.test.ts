import {
  CreateTableCommand,
  DeleteResourcePolicyCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetResourcePolicyCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutResourcePolicyCommand,
  UpdateTableCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Front, openFront, storyTable } from './front.ts';

let front: Front;

beforeEach(async () => {
  front = await openFront();
});

afterEach(() => front.close());

const TableName = 'story';
const ResourceArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/story';
const byOwner = {
  IndexName: 'byOwner',
  KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' as const }],
  Projection: { ProjectionType: 'KEYS_ONLY' as const },
};
const withByOwner = {
  ...storyTable,
  AttributeDefinitions: [...storyTable.AttributeDefinitions, { AttributeName: 'owner', AttributeType: 'S' as const }],
  GlobalSecondaryIndexes: [...storyTable.GlobalSecondaryIndexes, byOwner],
};
const put = (pk: string, more: object = {}) => front.documents.send(new PutCommand({ TableName, Item: { pk, sk: 1, ...more } }));
const owned = (owner: string) => {
  const query = { TableName, IndexName: 'byOwner', KeyConditionExpression: '#o = :o', ExpressionAttributeNames: { '#o': 'owner' } };
  return front.documents.send(new QueryCommand({ ...query, ExpressionAttributeValues: { ':o': owner } }));
};

test('a global table returns its name, ARNs and id, and is active with the settings of its one replica', async () => {
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: { AWS: '*' }, Action: 'dynamodb:UpdateItem', Resource: '*' }],
  };
  const Replicas = [
    {
      Region: 'us-east-1',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      ResourcePolicy: { PolicyDocument: policy },
      Tags: [{ Key: 'a', Value: 'b' }],
      GlobalSecondaryIndexes: [{ IndexName: 'byStatus', ContributorInsightsSpecification: { Enabled: true } }],
    },
  ];

  const { ref, attributes } = await front.create({ ...storyTable, Replicas, SSESpecification: { SSEEnabled: true } });

  const StreamArn = `${ResourceArn}/stream/2026-03-01T00:00:00.000`;
  expect([ref, attributes]).toEqual([TableName, { Arn: ResourceArn, StreamArn, TableId: expect.stringMatching(/^[0-9a-f-]{36}$/) }]);
  await waitUntilTableExists({ client: front.client, maxWaitTime: 30 }, { TableName });
  const { Table } = await front.client.send(new DescribeTableCommand({ TableName }));
  expect(Table).toMatchObject({ TableArn: ResourceArn, LatestStreamArn: StreamArn, DeletionProtectionEnabled: true, ItemCount: 0 });
  expect(Table?.GlobalSecondaryIndexes).toMatchObject([{ IndexName: 'byStatus', IndexStatus: 'ACTIVE' }]);
  expect(await front.client.send(new DescribeTimeToLiveCommand({ TableName }))).toMatchObject({
    TimeToLiveDescription: { AttributeName: 'expires', TimeToLiveStatus: 'ENABLED' },
  });
  const backups = await front.client.send(new DescribeContinuousBackupsCommand({ TableName }));
  expect(backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe('ENABLED');
  expect((await front.client.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags).toEqual([{ Key: 'a', Value: 'b' }]);
  expect(JSON.parse((await front.client.send(new GetResourcePolicyCommand({ ResourceArn }))).Policy ?? '')).toEqual(policy);
  await expect(front.client.send(new DeleteTableCommand({ TableName }))).rejects.toThrow('protected against deletion');
});

test('a plain table without a name takes its logical id', async () => {
  const KeySchema = [{ AttributeName: 'pk', KeyType: 'HASH' }];
  const AttributeDefinitions = [{ AttributeName: 'pk', AttributeType: 'S' }];

  const { ref, attributes } = await front.create(
    { KeySchema, AttributeDefinitions, BillingMode: 'PAY_PER_REQUEST' },
    'AWS::DynamoDB::Table',
  );

  expect(ref).toBe('Story');
  expect(attributes).not.toHaveProperty('StreamArn');
});

test.each([
  ['an unknown property', { ...storyTable, Colour: 'red' }, 'Story (AWS::DynamoDB::GlobalTable)', '"Colour"'],
  [
    'an unknown property of the replica',
    { ...storyTable, Replicas: [{ Region: 'us-east-1', KinesisStreamSpecification: {} }] },
    'Replicas[0]',
    '"KinesisStreamSpecification"',
  ],
  [
    'an unknown property of an index',
    { ...storyTable, GlobalSecondaryIndexes: [{ ...byOwner, WarmThroughput: {} }] },
    'GlobalSecondaryIndexes[0]',
    '"WarmThroughput"',
  ],
  ['a second replica', { ...storyTable, Replicas: [{ Region: 'us-east-1' }, { Region: 'eu-west-1' }] }, 'Replicas', 'only one replica'],
  ['a key without a definition', { ...storyTable, AttributeDefinitions: [] }, 'Invalid KeySchema', ''],
])('%s in the template is an error that names it', async (_what, properties, where, what) => {
  const message = await front.create(properties).then(
    () => 'created',
    (error: Error) => error.message,
  );

  expect(message).toContain(where);
  expect(message).toContain(what);
});

test('a table of a former run is found again with its items, stream and id', async () => {
  const first = await front.create(storyTable);
  await put('a');
  await front.host.stop();
  const restarted = await openFront(front.dataDir);

  const second = await restarted.create(storyTable);

  expect(second).toEqual(first);
  expect((await restarted.documents.send(new ScanCommand({ TableName }))).Count).toBe(1);
  await restarted.host.stop();
  front = await openFront(front.dataDir);
});

test('items that fell due between two runs expire on start', async () => {
  await front.create(storyTable);
  await put('a', { expires: front.clock.nowMs() / 1000 - 1 });
  await front.host.stop();

  front = await openFront(front.dataDir);
  await front.clock.runUntil(new Promise<void>((resume) => front.clock.at(front.clock.nowMs() + 1, resume)));

  expect((await front.documents.send(new ScanCommand({ TableName }))).Count).toBe(0);
});

test('a template that gained an index builds it from the items, and one that lost it drops it', async () => {
  await front.create(storyTable);
  await put('a', { owner: 'x', status: 'open' });

  await front.create(withByOwner);
  expect((await owned('x')).Items).toEqual([{ pk: 'a', sk: 1, owner: 'x' }]);
  await front.create(storyTable);

  await expect(owned('x')).rejects.toThrow('does not have the specified index');
});

test('a template with changed keys is refused, because the items could not be found again', async () => {
  await front.create(storyTable);

  await expect(front.create({ ...storyTable, KeySchema: storyTable.KeySchema.slice(0, 1) })).rejects.toThrow('KeySchema cannot change');
});

test('the API creates, lists, changes and deletes a table', async () => {
  const { StreamSpecification, TimeToLiveSpecification, Replicas, ...request } = withByOwner;
  await front.client.send(new CreateTableCommand(request as never));
  await expect(front.client.send(new CreateTableCommand(request as never))).rejects.toMatchObject({ name: 'ResourceInUseException' });
  await put('a', { owner: 'x' });

  const update = {
    StreamSpecification: { StreamEnabled: true, ...StreamSpecification },
    GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'byOwner' } }],
  };
  const { TableDescription } = await front.client.send(new UpdateTableCommand({ TableName, ...update } as never));

  expect(TableDescription?.LatestStreamArn).toContain('/stream/');
  expect(TableDescription?.AttributeDefinitions).toHaveLength(3);
  expect((await front.client.send(new ListTablesCommand({}))).TableNames).toEqual([TableName]);
  await front.client.send(new DeleteTableCommand({ TableName }));
  await expect(front.client.send(new DescribeTableCommand({ TableName }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('a resource policy is kept, replaced by revision and removed', async () => {
  await front.create(storyTable);
  const get = () => front.client.send(new GetResourcePolicyCommand({ ResourceArn }));
  await expect(get()).rejects.toMatchObject({ name: 'PolicyNotFoundException' });

  const { RevisionId } = await front.client.send(new PutResourcePolicyCommand({ ResourceArn, Policy: '{"one":1}' }));
  await front.client.send(new PutResourcePolicyCommand({ ResourceArn, Policy: '{"two":2}', ExpectedRevisionId: RevisionId }));

  expect(await get()).toMatchObject({ Policy: '{"two":2}', RevisionId: '2' });
  const stale = new PutResourcePolicyCommand({ ResourceArn, Policy: '{}', ExpectedRevisionId: RevisionId });
  await expect(front.client.send(stale)).rejects.toMatchObject({ name: 'PolicyNotFoundException' });
  await front.client.send(new DeleteResourcePolicyCommand({ ResourceArn }));
  await expect(get()).rejects.toMatchObject({ name: 'PolicyNotFoundException' });
});
