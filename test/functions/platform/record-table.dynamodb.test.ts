import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { DynamoDbApprovals } from '#approval/approvals.dynamodb';
import { DynamoDbQuarantine } from '#intake/quarantine.dynamodb';
import { RecordTable } from '#platform/record-table.dynamodb';
import { applicationSchema } from '#policy/application';
import { DynamoDbApplications } from '#policy/applications.dynamodb';
import { guidePolicy } from '#policy/policy';
import { DynamoDbHistory } from '#report/history.dynamodb';

const db = mockClient(DynamoDBDocumentClient);
const table = new RecordTable(DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' })), 'D');
const applications = new DynamoDbApplications(table);
const approvals = new DynamoDbApprovals(table);
const history = new DynamoDbHistory(table);
const quarantine = new DynamoDbQuarantine(table);
const target = { kind: 'lambda', functionName: 'shop', alias: 'live' };
const shop = applicationSchema.parse({
  name: 'shop',
  repository: 'acme/shop',
  repositoryUrl: 'https://example.com/shop.git',
  authors: [],
  approvers: { production: ['lead@acme.example'] },
  checks: {},
  targets: { staging: target, production: target },
  policy: guidePolicy,
});
const at = '2026-01-01T00:00:00.000Z';
const lesson = {
  lessonId: 'd-production-1',
  application: 'shop',
  deploymentId: 'd',
  domain: 'deployment-issues',
  title: 't',
  symptom: 's',
  solution: 's',
  rootCause: 'r',
  prevention: 'p',
  at,
} as const;
const message = { messageId: 'm', at, channel: 'bus', reason: 'not JSON', body: '{' };
const puts = () => db.commandCalls(PutCommand).map(({ args }) => args[0].input);
const queries = () => db.commandCalls(QueryCommand).map(({ args }) => args[0].input);

beforeEach(() => {
  db.reset();
  db.on(PutCommand).resolves({});
  db.on(QueryCommand).resolves({});
});

describe('RecordTable and its stores', () => {
  it.each([
    ['an application', 'applications', 'shop', shop, () => applications.register(shop)],
    [
      'an outcome',
      'history#shop/code-quality/lint',
      'd',
      { deploymentId: 'd', outcome: 'Deployed', at },
      () => history.addOutcome('shop/code-quality/lint', { deploymentId: 'd', outcome: 'Deployed', at }),
    ],
    ['a lesson', 'lessons#shop', 'd-production-1', lesson, () => history.addLesson(lesson)],
    ['a quarantined message', 'quarantine', `${at}#m`, message, () => quarantine.keepQuarantined(message)],
    [
      'a waiting approval’s token',
      'approvals',
      'a1',
      { deploymentId: 'd', taskToken: 't' },
      () => approvals.keepToken('a1', { deploymentId: 'd', taskToken: 't' }),
    ],
  ] as const)('stores %s under its own key, so that a second write changes nothing', async (_what, pk, sk, body, keep) => {
    await keep();

    expect(puts()).toEqual([{ TableName: 'D', Item: { pk, sk, body } }]);
  });

  it('reads one record by its key, consistently', async () => {
    db.on(GetCommand)
      .resolvesOnce({ Item: { body: { deploymentId: 'd', taskToken: 't' } } })
      .resolves({});

    expect(await approvals.findToken('a1')).toEqual({ deploymentId: 'd', taskToken: 't' });
    expect(await approvals.findToken('a2')).toBeUndefined();
    expect(db.commandCalls(GetCommand)[0]?.args[0].input).toEqual({
      TableName: 'D',
      Key: { pk: 'approvals', sk: 'a1' },
      ConsistentRead: true,
    });
  });

  it('throws when a stored application breaks its schema', async () => {
    db.on(GetCommand)
      .resolvesOnce({ Item: { body: shop } })
      .resolves({ Item: { body: { ...shop, approvers: { production: [] } } } });
    db.on(QueryCommand).resolves({ Items: [{ body: shop }] });

    expect(await applications.readApplication('shop')).toEqual(shop);
    await expect(applications.readApplication('shop')).rejects.toThrow('approvers');
    expect(await applications.listApplications()).toEqual([shop]);
    expect(queries()[0]).toMatchObject({ KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': 'applications' } });
  });

  it('lists the lessons of one application, over all pages, newest first', async () => {
    db.on(QueryCommand)
      .resolvesOnce({ Items: [{ body: lesson }], LastEvaluatedKey: { pk: 'lessons#shop', sk: 'x' } })
      .resolves({ Items: [{ body: lesson }] });

    expect(await history.lessons('shop')).toHaveLength(2);
    expect(queries().map(({ ExclusiveStartKey, ScanIndexForward, Limit }) => [ExclusiveStartKey, ScanIndexForward, Limit])).toEqual([
      [undefined, false, undefined],
      [{ pk: 'lessons#shop', sk: 'x' }, false, undefined],
    ]);
    expect(queries()[0]?.ExpressionAttributeValues).toEqual({ ':pk': 'lessons#shop' });
  });

  it('lists at most the requested number of quarantined messages, by default 100', async () => {
    const page = (count: number) => ({ Items: Array(count).fill({ body: message }), LastEvaluatedKey: { sk: 'more' } });
    db.on(QueryCommand).callsFake(({ ExclusiveStartKey, Limit }) => page(ExclusiveStartKey ? Limit : Math.min(60, Limit)));

    expect(await quarantine.listQuarantined()).toHaveLength(100);
    expect(await quarantine.listQuarantined(60)).toHaveLength(60);
    expect(queries().map(({ Limit }) => Limit)).toEqual([100, 40, 60]);
  });

  it('counts only the outcome Deployed as a resolution', async () => {
    db.on(QueryCommand)
      .resolvesOnce({
        Items: ['Deployed', 'Escalated', 'Cancelled', 'RolledBack', 'RollbackFailed'].map((outcome) => ({ body: { outcome } })),
      })
      .resolves({});

    expect(await history.previousResolutions('shop/a/b')).toBe(1);
    expect(await history.previousResolutions('shop/a/b')).toBe(0);
    expect(queries()[0]?.ExpressionAttributeValues).toEqual({ ':pk': 'history#shop/a/b' });
  });
});
