import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { chainProblems, chainRow, genesisHash } from '#deployment/audit-chain';
import type { AuditRow } from '#deployment/audit-event';
import type { Deployment } from '#deployment/deployment';
import { DynamoDbDeployments } from '#deployment/deployments.dynamodb';
import { deploymentWith } from '../../fixtures/deployment.ts';

const db = mockClient(DynamoDBDocumentClient);
const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
const now = () => new Date('2026-01-01T00:00:00.999Z');
const store = new DynamoDbDeployments(client, { deployments: 'D', audit: 'A' }, now, async () => {});
const admitted = { ...deploymentWith({ status: 'Admitted', outcome: undefined }), sequence: 0, headHash: genesisHash };
const lesson = (lessonId: string) => ({ type: 'LessonRecorded', environment: 'staging', lessonId }) as const;
const intake = { entryKey: 'intake', actor: 'sluice/Intake' };
const canceled = (...codes: string[]) =>
  new TransactionCanceledException({ message: 'no', $metadata: {}, CancellationReasons: codes.map((Code) => ({ Code })) });
const transactions = () => db.commandCalls(TransactWriteCommand).map(({ args }) => args[0].input.TransactItems ?? []);
const queries = () => db.commandCalls(QueryCommand).map(({ args }) => args[0].input);

beforeEach(() => {
  db.reset();
  db.on(TransactWriteCommand).resolves({});
});

describe('creating a deployment', () => {
  it('writes the first row, the first projection with every indexed attribute, and its marker, where none of them is', async () => {
    expect(await store.create(admitted, lesson('l'), intake)).toBe(true);

    const [audit, projection, marker] = transactions()[0] ?? [];
    expect(audit?.Put).toMatchObject({
      Item: { deploymentId: admitted.id, sequence: 1, at: now().toISOString(), actor: 'sluice/Intake', previousHash: genesisHash },
    });
    expect(projection?.Put).toEqual({
      TableName: 'D',
      Item: {
        pk: `deployment#${admitted.id}`,
        sk: 'projection',
        body: { ...admitted, outcome: undefined, sequence: 1, headHash: audit?.Put?.Item?.hash, updatedAt: now().toISOString() },
        sequence: 1,
        status: 'Admitted',
        application: 'storefront',
        fingerprint: '0123456789',
        createdAt: admitted.createdAt,
        updatedAt: now().toISOString(),
        day: '2025-10-31',
      },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    expect(marker?.Put).toMatchObject({
      TableName: 'D',
      Item: { pk: `deployment#${admitted.id}`, sk: 'marker#intake', sequence: 1 },
    });
  });

  it('is false only where the id is taken: a conflict with another writer is none, since that writer may fail too', async () => {
    db.on(TransactWriteCommand).rejects(canceled('None', 'ConditionalCheckFailed', 'TransactionConflict'));
    expect(await store.create(admitted, lesson('l'), intake)).toBe(false);

    db.on(TransactWriteCommand).rejects(canceled('None', 'TransactionConflict', 'None'));
    await expect(store.create(admitted, lesson('l'), intake)).rejects.toMatchObject({ name: 'TransactionCanceledException' });

    db.on(TransactWriteCommand).rejects(canceled('ThrottlingError'));
    await expect(store.create(admitted, lesson('l'), intake)).rejects.toMatchObject({ name: 'TransactionCanceledException' });
  });
});

describe('recording', () => {
  it.each(['ConditionalCheckFailed', 'TransactionConflict'])('decides again after %s', async (code) => {
    db.on(GetCommand).callsFake(({ Key }) => (Key.sk === 'projection' ? { Item: { body: { ...admitted, sequence: 3 } } } : {}));
    db.on(TransactWriteCommand).rejectsOnce(canceled('None', code)).resolves({});
    let decided = 0;
    await store.record(admitted.id, intake, (next) => {
      decided++;
      return { event: lesson('l'), next };
    });

    expect(decided).toBe(2);
  });

  it('reads the projection and the marker consistently, by their keys', async () => {
    db.on(GetCommand).callsFake(({ Key }) => (Key.sk === 'projection' ? { Item: { body: admitted } } : {}));
    await store.record(admitted.id, intake, () => undefined);

    expect(db.commandCalls(GetCommand).map(({ args }) => args[0].input)).toEqual(
      ['projection', 'marker#intake'].map((sk) => ({
        TableName: 'D',
        Key: { pk: `deployment#${admitted.id}`, sk },
        ConsistentRead: true,
      })),
    );
  });

  it('under an entry key where another delivery has just written answers what that one wrote, and not what was there before', async () => {
    const answered = { ...admitted, sequence: 1, status: 'Staging' };
    db.on(GetCommand).callsFake(({ Key }) => (Key.sk === 'projection' ? { Item: { body: admitted } } : { Item: { sequence: 1 } }));
    db.on(GetCommand, { Key: { pk: `deployment#${admitted.id}`, sk: 'projection' } })
      .resolvesOnce({ Item: { body: admitted } })
      .resolves({ Item: { body: answered } });

    expect(await store.record(admitted.id, intake, () => undefined)).toMatchObject({ sequence: 1, status: 'Staging' });
    expect(transactions()).toEqual([]);
  });

  it('passes on what a decision throws, and writes nothing', async () => {
    db.on(GetCommand).callsFake(({ Key }) => (Key.sk === 'projection' ? { Item: { body: admitted } } : {}));
    const refuse = () => {
      throw new Error('refused');
    };

    await expect(store.record(admitted.id, intake, refuse)).rejects.toThrow('refused');
    expect(transactions()).toEqual([]);
  });
});

describe('reading', () => {
  it('finds the row of an entry key by its marker, consistently, and none where nothing was written', async () => {
    db.on(GetCommand).callsFake(({ Key }) => (Key.sk === 'marker#intake' ? { Item: { sequence: 7 } } : {}));
    const written = { deploymentId: admitted.id, sequence: 7, at: now().toISOString(), actor: 'sluice/Intake', previousHash: genesisHash };
    db.on(QueryCommand).resolves({ Items: [chainRow({ ...written, event: lesson('l') })] });

    expect(await store.rowAt(admitted.id, 'intake')).toMatchObject({ event: lesson('l') });
    expect(await store.rowAt(admitted.id, 'elsewhere')).toBeUndefined();
    expect(queries()).toEqual([
      expect.objectContaining({
        TableName: 'A',
        ConsistentRead: true,
        ExpressionAttributeValues: { ':id': admitted.id, ':sequence': 7 },
      }),
    ]);
  });

  it('takes the trail consistently and oldest first, from the audit table', async () => {
    db.on(QueryCommand).resolves({});

    expect(await store.trail('d1')).toEqual([]);
    expect(queries()).toEqual([
      {
        TableName: 'A',
        ConsistentRead: true,
        KeyConditionExpression: '#key = :value',
        ExpressionAttributeNames: { '#key': 'deploymentId' },
        ExpressionAttributeValues: { ':value': 'd1' },
        ScanIndexForward: true,
      },
    ]);
  });

  it.each([
    ['byFingerprint', 'fingerprint', 'f', () => store.withFingerprint('f')],
    ['byStatus', 'status', 'Staging', () => store.withStatus('Staging')],
    ['byApplication', 'application', 'shop', () => store.ofApplication('shop')],
    ['byDay', 'day', '2026-01-01', () => store.ofDay('2026-01-01')],
  ] as const)('asks the index %s for the newest first, without asking it for consistency', async (index, attribute, value, ask) => {
    db.on(QueryCommand).resolves({ Items: [{ body: admitted }] });

    expect(await ask()).toEqual([admitted]);
    expect(queries()[0]).toMatchObject({
      TableName: 'D',
      IndexName: index,
      ConsistentRead: undefined,
      ExpressionAttributeNames: { '#key': attribute },
      ExpressionAttributeValues: { ':value': value },
      ScanIndexForward: false,
    });
  });

  it('goes on where the page before ended, and stops at the limit without going beyond it', async () => {
    const pages = [
      { Items: [{ body: admitted }, { body: admitted }], LastEvaluatedKey: { pk: 'two' } },
      { Items: [{ body: admitted }, { body: admitted }, { body: admitted }], LastEvaluatedKey: { pk: 'five' } },
    ];
    db.on(QueryCommand).callsFake(({ ExclusiveStartKey, Limit }) => {
      const page = pages[ExclusiveStartKey ? 1 : 0];
      return { ...page, Items: page?.Items.slice(0, Limit) };
    });

    expect(await store.ofApplication('shop', 3)).toHaveLength(3);
    expect(queries().map(({ ExclusiveStartKey, Limit }) => [ExclusiveStartKey, Limit])).toEqual([
      [undefined, 3],
      [{ pk: 'two' }, 1],
    ]);
  });

  it('refuses a projection that is not one', async () => {
    db.on(QueryCommand).resolves({ Items: [{ body: { ...admitted, status: 'Done' } }] });

    await expect(store.ofApplication('shop')).rejects.toThrow('status');
  });
});

/** Keeps both tables as DynamoDB does: all puts of a transaction or none, each under its condition. */
function tables() {
  const items = new Map<string, Record<string, unknown>>();
  const keyOf = (item: Record<string, unknown>) => `${item.pk ?? item.deploymentId}/${item.sk ?? item.sequence}`;
  db.on(GetCommand).callsFake(({ Key }) => ({ Item: structuredClone(items.get(keyOf(Key))) }));
  db.on(TransactWriteCommand).callsFake(({ TransactItems }: TransactWriteCommand['input']) => {
    const puts = (TransactItems ?? []).map(({ Put }) => Put as NonNullable<typeof Put>);
    const codes = puts.map(({ Item = {}, ConditionExpression, ExpressionAttributeValues }) => {
      const there = items.get(keyOf(Item));
      const holds = ConditionExpression?.startsWith('attribute_not_exists')
        ? !there
        : there?.sequence === ExpressionAttributeValues?.[':seen'];
      return holds ? 'None' : 'ConditionalCheckFailed';
    });
    if (codes.includes('ConditionalCheckFailed')) throw canceled(...codes);
    for (const { Item = {} } of puts) items.set(keyOf(Item), structuredClone(Item));
    return {};
  });
  return { rows: () => [...items.values()].filter((item) => 'previousHash' in item) as unknown as AuditRow[] };
}

describe('whoever writes at the same time, and however often it is delivered', () => {
  it('the trail is one unbroken chain with each entry key once, and the projection stands at its head', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 7 }), async (places) => {
        db.reset();
        const kept = tables();
        await store.create(admitted, lesson('first'), intake);
        const write = (entry: number) =>
          store.record(admitted.id, { entryKey: `${entry}`, actor: 'test' }, (next: Deployment) => ({ event: lesson(`${entry}`), next }));
        await Promise.all(places.map(write));

        const rows = kept.rows().sort((a, b) => a.sequence - b.sequence);
        const head = await store.read(admitted.id);
        expect(rows).toHaveLength(1 + new Set(places).size);
        expect(chainProblems(rows, { sequence: head.sequence, hash: head.headHash })).toEqual([]);
      }),
      { seed: 14, numRuns: 60 },
    );
  });
});
