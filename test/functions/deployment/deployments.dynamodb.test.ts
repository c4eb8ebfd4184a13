import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chainProblems, genesisHash } from '#deployment/audit-chain';
import type { AuditEvent } from '#deployment/audit-event';
import type { Deployment } from '#deployment/deployment';
import { DynamoDbDeployments } from '#deployment/deployments.dynamodb';
import { deploymentWith } from '../../fixtures/deployment.ts';
import { Tables } from '../../fixtures/tables.ts';

const now = () => new Date('2026-01-01T00:00:00.999Z');
const pauses: number[] = [];
const pause = async (attempt: number) => {
  pauses.push(attempt);
};
const admitted = { ...deploymentWith({ status: 'Admitted', outcome: undefined }), sequence: 0, headHash: genesisHash };
const lesson = (lessonId: string) => ({ type: 'LessonRecorded', environment: 'staging', lessonId }) as const;
const change = (next: Deployment) => ({ event: lesson('l'), next });
const intake = { entryKey: 'intake', actor: 'sluice/Intake' };
const poll = { entryKey: 'e/JudgeHealth/t', actor: 'sluice/JudgeHealth' };
const canceled = (...codes: string[]) =>
  new TransactionCanceledException({ message: 'no', $metadata: {}, CancellationReasons: codes.map((Code) => ({ Code })) });

let tables: Tables;
let store: DynamoDbDeployments;
let rival: DynamoDbDeployments;
beforeEach(async () => {
  pauses.length = 0;
  tables = await Tables.open();
  store = new DynamoDbDeployments(tables.documents, tables.names, now, pause);
  rival = new DynamoDbDeployments(tables.rival, tables.names, now, pause);
});
afterEach(() => tables.close());

const transactions = () => tables.sent(TransactWriteCommand).map(({ TransactItems }) => TransactItems ?? []);
const refuse = (error: Error, times = Number.POSITIVE_INFINITY) =>
  tables.instead(TransactWriteCommand, (_, proceed) => {
    if (times-- > 0) throw error;
    return proceed();
  });

/** Stores the deployment with this number of rows. The rival writes them, so `sent` leaves them out. */
async function stored(rows = 1): Promise<Deployment> {
  await rival.create(admitted, lesson('first'), { ...intake, entryKey: 'first' });
  for (let row = 1; row < rows; row++) await rival.record(admitted.id, { ...intake, entryKey: `row ${row}` }, change);
  return rival.read(admitted.id);
}

describe('DynamoDbDeployments.create', () => {
  it('writes the first row, projection and marker of a deployment, each only if it does not exist', async () => {
    expect(await store.create(admitted, lesson('l'), intake)).toBe(true);

    const [audit, projection, marker] = transactions()[0] ?? [];
    expect(audit?.Put).toMatchObject({
      Item: { deploymentId: admitted.id, sequence: 1, at: now().toISOString(), actor: 'sluice/Intake', previousHash: genesisHash },
    });
    expect(projection?.Put).toEqual({
      TableName: tables.names.deployments,
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
      TableName: tables.names.deployments,
      Item: { pk: `deployment#${admitted.id}`, sk: 'marker#intake', sequence: 1 },
    });
  });

  it('returns false when the id is taken, and writes nothing', async () => {
    const before = await stored();

    expect(await store.create(admitted, lesson('l'), intake)).toBe(false);
    expect(await store.read(admitted.id)).toEqual(before);
    expect(await tables.rows()).toHaveLength(1);
  });

  it('throws after a transaction conflict, since the other writer may fail too', async () => {
    refuse(canceled('None', 'ConditionalCheckFailed', 'TransactionConflict'));
    expect(await store.create(admitted, lesson('l'), intake)).toBe(false);

    refuse(canceled('None', 'TransactionConflict', 'None'));
    await expect(store.create(admitted, lesson('l'), intake)).rejects.toMatchObject({ name: 'TransactionCanceledException' });

    refuse(canceled('ThrottlingError'));
    await expect(store.create(admitted, lesson('l'), intake)).rejects.toMatchObject({ name: 'TransactionCanceledException' });
  });
});

describe('DynamoDbDeployments.record', () => {
  it('writes event, projection and marker in one transaction, each under its condition', async () => {
    const current = await stored(4);
    const next = await store.record(admitted.id, poll, change);

    const [audit, projection, marker] = transactions()[0] ?? [];
    expect(next).toMatchObject({ sequence: 5, updatedAt: now().toISOString() });
    expect(audit?.Put).toMatchObject({
      TableName: tables.names.audit,
      ConditionExpression: 'attribute_not_exists(deploymentId)',
      Item: { sequence: 5, previousHash: current.headHash, hash: next.headHash },
    });
    expect(projection?.Put).toMatchObject({
      TableName: tables.names.deployments,
      ConditionExpression: '#sequence = :seen',
      ExpressionAttributeValues: { ':seen': 4 },
    });
    expect(marker?.Put).toMatchObject({
      ConditionExpression: 'attribute_not_exists(pk)',
      Item: { sk: 'marker#e/JudgeHealth/t', expiresAt: 1_767_225_600 + 90 * 86_400 },
    });
  });

  it('appends no row when the entry key is used already or the caller decides nothing', async () => {
    await stored();
    await store.record(admitted.id, poll, () => undefined);
    await rival.record(admitted.id, poll, change);
    await store.record(admitted.id, poll, change);

    expect(transactions()).toHaveLength(0);
    expect(await tables.rows()).toHaveLength(2);
  });

  it('reads and decides again after a lost race, and throws AuditContention after 8', async () => {
    await stored(4);
    const decided: number[] = [];
    const decide = (read: Deployment) => {
      decided.push(read.sequence);
      return change(read);
    };
    let races = 0;
    const lose = (times: number) =>
      tables.instead(TransactWriteCommand, async (_, proceed) => {
        if (times-- > 0) await rival.record(admitted.id, { ...poll, entryKey: `rival ${races++}` }, change);
        return proceed();
      });

    lose(1);
    await store.record(admitted.id, poll, decide);
    expect(decided).toEqual([4, 5]);

    lose(8);
    await expect(store.record(admitted.id, { ...poll, entryKey: 'later' }, change)).rejects.toMatchObject({ name: 'AuditContention' });
    expect(pauses).toEqual([0, 0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it.each(['ConditionalCheckFailed', 'TransactionConflict'])('decides again after %s', async (code) => {
    await stored();
    refuse(canceled('None', code), 1);
    let decided = 0;
    await store.record(admitted.id, intake, (next) => {
      decided++;
      return { event: lesson('l'), next };
    });

    expect(decided).toBe(2);
  });

  it('rethrows a failure that is not a lost race', async () => {
    await stored();
    refuse(canceled('ValidationError'));

    await expect(store.record(admitted.id, poll, change)).rejects.toMatchObject({ name: 'TransactionCanceledException' });
  });

  it('refuses to write a projection that could not be read back', async () => {
    await stored();

    await expect(
      store.record(admitted.id, poll, (read) => ({ ...change(read), next: { ...read, unknown: 1 } as Deployment })),
    ).rejects.toThrow('unknown');
  });

  it('refuses to write an event with a field that its schema does not know', async () => {
    const current = await stored();
    const event = { ...lesson('l'), patch: "a customer's text" } as AuditEvent;

    await expect(store.record(admitted.id, poll, (next) => ({ event, next }))).rejects.toThrow('patch');
    await expect(store.create(current, event, poll)).rejects.toThrow('patch');
    expect(transactions()).toHaveLength(0);
  });

  it('reads the projection and the marker consistently, by their keys', async () => {
    await stored();
    await store.record(admitted.id, intake, () => undefined);

    expect(tables.sent(GetCommand)).toEqual(
      ['projection', 'marker#intake'].map((sk) => ({
        TableName: tables.names.deployments,
        Key: { pk: `deployment#${admitted.id}`, sk },
        ConsistentRead: true,
      })),
    );
  });

  it('returns what another delivery has just written under the same entry key', async () => {
    await stored();
    tables.instead(GetCommand, async ({ Key }, proceed) => {
      if (Key?.sk !== 'marker#intake') return proceed();
      tables.undisturbed();
      await rival.record(admitted.id, intake, (read) => ({ ...change(read), next: { ...read, status: 'Staging' } }));
      return proceed();
    });

    expect(await store.record(admitted.id, intake, () => undefined)).toMatchObject({ sequence: 2, status: 'Staging' });
    expect(transactions()).toEqual([]);
  });

  it('rethrows an error of the caller’s decision, and writes nothing', async () => {
    await stored();
    const refuseToDecide = () => {
      throw new Error('refused');
    };

    await expect(store.record(admitted.id, intake, refuseToDecide)).rejects.toThrow('refused');
    expect(transactions()).toEqual([]);
  });

  it('keeps one unbroken chain with each entry key once through races and repeated deliveries', async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 7 }), async (places) => {
        const id = `run-${runs++}`;
        await store.create({ ...admitted, id }, lesson('first'), intake);
        const write = (place: number) =>
          store.record(id, { entryKey: `${place}`, actor: 'test' }, (next: Deployment) => ({ event: lesson(`${place}`), next }));
        await Promise.all(places.map(write));

        const rows = await tables.rows(id);
        const head = await store.read(id);
        expect(rows).toHaveLength(1 + new Set(places).size);
        expect(chainProblems(rows, { sequence: head.sequence, hash: head.headHash })).toEqual([]);
      }),
      { seed: 14, numRuns: 60 },
    );
  });
});
