import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chainRow, genesisHash } from '#deployment/audit-chain';
import type { Deployment } from '#deployment/deployment';
import { DynamoDbDeployments } from '#deployment/deployments.dynamodb';
import { deploymentWith } from '../../fixtures/deployment.ts';
import { Tables } from '../../fixtures/tables.ts';

let nowMs = Date.parse('2026-01-01T00:00:00.999Z');
const now = () => new Date(nowMs);
const lesson = (lessonId: string) => ({ type: 'LessonRecorded', environment: 'staging', lessonId }) as const;
const intake = { entryKey: 'intake', actor: 'sluice/Intake' };
const createdOn = (day: number) => ({ createdAt: `2025-10-${day}T12:00:00.000Z` });
const admitted = deploymentWith({ status: 'Admitted', outcome: undefined });
const rowOf = (deploymentId: string, sequence: number) =>
  chainRow({
    deploymentId,
    sequence,
    at: now().toISOString(),
    actor: 'sluice/Intake',
    event: lesson('l'),
    previousHash: genesisHash,
  });

let tables: Tables;
let store: DynamoDbDeployments;
beforeEach(async () => {
  tables = await Tables.open();
  store = new DynamoDbDeployments(tables.documents, tables.names, now, async () => undefined);
});
afterEach(() => tables.close());

const queries = () => tables.sent(QueryCommand);
const put = (table: keyof Tables['names'], Item: object) =>
  tables.rival.send(new PutCommand({ TableName: tables.names[table], Item: { ...Item } }));
const mark = (deploymentId: string, sequence: number) =>
  put('deployments', { pk: `deployment#${deploymentId}`, sk: 'marker#intake', sequence });
const create = async (change: Partial<Deployment>) => {
  const deployment = { ...admitted, ...change };
  await store.create(deployment, lesson('l'), intake);
  return store.read(deployment.id);
};

describe('DynamoDbDeployments.read and rowAt', () => {
  it('throws DeploymentNotFound for an unknown deployment', async () => {
    await expect(store.read('nope')).rejects.toMatchObject({ name: 'DeploymentNotFound' });
  });

  it('finds a row by the marker of its entry key, and returns undefined without a marker', async () => {
    await mark(admitted.id, 7);
    await put('audit', rowOf(admitted.id, 7));

    expect(await store.rowAt(admitted.id, 'intake')).toMatchObject({ event: lesson('l') });
    expect(await store.rowAt(admitted.id, 'elsewhere')).toBeUndefined();
    expect(queries()).toEqual([
      expect.objectContaining({
        TableName: tables.names.audit,
        ConsistentRead: true,
        ExpressionAttributeValues: { ':id': admitted.id, ':sequence': 7 },
      }),
    ]);
  });
});

describe('DynamoDbDeployments.trail', () => {
  it('reads a trail consistently and oldest first, from the audit table', async () => {
    expect(await store.trail('d1')).toEqual([]);
    expect(queries()).toEqual([
      {
        TableName: tables.names.audit,
        ConsistentRead: true,
        KeyConditionExpression: '#key = :value',
        ExpressionAttributeNames: { '#key': 'deploymentId' },
        ExpressionAttributeValues: { ':value': 'd1' },
        ScanIndexForward: true,
      },
    ]);
  });

  it('reads every page of a trail', async () => {
    for (const sequence of [2, 1]) await put('audit', rowOf('d', sequence));
    tables.inPagesOf(1);

    expect((await store.trail('d')).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('returns each field of a row from a newer version', async () => {
    const newer = { ...rowOf('d', 1), region: 'eu-1', event: { type: 'CandidateSigned', by: 'a newer version' } };
    await put('audit', newer);

    expect(await store.trail('d')).toEqual([newer]);
  });

  it.each([
    ['sequence', { sequence: 1.5 }],
    ['at', { at: 'yesterday' }],
    ['actor', { actor: undefined }],
    ['event.type', { event: { lessonId: 'l' } }],
    ['hash', { hash: 'short' }],
    ['previousHash', { previousHash: null }],
  ])('names deployment, row and %s when a stored row breaks its schema', async (field, wrong) => {
    const row = { ...rowOf('d', 1), ...wrong };
    await put('audit', row);
    await mark('d', row.sequence);
    const named = { name: 'AuditRowMalformed', message: expect.stringMatching(new RegExp(`deployment d, audit row [\\d.]+: ${field}: `)) };

    await expect(store.trail('d')).rejects.toMatchObject(named);
    await expect(store.rowAt('d', 'intake')).rejects.toMatchObject(named);
  });
});

describe('the lists of DynamoDbDeployments', () => {
  it.each([
    ['byFingerprint', 'fingerprint', '0123456789', () => store.withFingerprint('0123456789')],
    ['byApplication', 'application', 'storefront', () => store.ofApplication('storefront')],
    ['byDay', 'day', '2025-10-31', () => store.ofDay('2025-10-31')],
    ['byStatus', 'status', 'Admitted', () => store.withStatus('Admitted')],
  ] as const)('reads the index %s newest first, without a consistent read', async (index, attribute, value, ask) => {
    const older = await create({ id: 'older' });
    nowMs += 1000;
    const newer = await create({ id: 'newer', createdAt: '2025-10-31T23:00:00.000Z' });
    await create({ id: 'other', fingerprint: 'f', status: 'Staging', application: 'shop', createdAt: '2026-01-01T00:00:00.000Z' });

    expect(await ask()).toEqual([newer, older]);
    expect(queries()[0]).toMatchObject({
      TableName: tables.names.deployments,
      IndexName: index,
      ConsistentRead: undefined,
      ExpressionAttributeNames: { '#key': attribute },
      ExpressionAttributeValues: { ':value': value },
      ScanIndexForward: false,
    });
  });

  it('lists deployments over all pages and reads no more than the limit', async () => {
    for (const day of [11, 12, 13, 14, 15]) await create({ id: `d${day}`, ...createdOn(day) });
    tables.inPagesOf(2);

    expect((await store.ofApplication('storefront', 3)).map(({ id }) => id)).toEqual(['d15', 'd14', 'd13']);
    expect(queries().map(({ ExclusiveStartKey, Limit }) => [ExclusiveStartKey?.pk, Limit])).toEqual([
      [undefined, 3],
      ['deployment#d14', 1],
    ]);
  });

  it('refuses a projection that breaks its schema', async () => {
    const { createdAt } = admitted;
    await put('deployments', { pk: 'x', sk: 'projection', application: 'shop', createdAt, body: { ...admitted, status: 'Done' } });

    await expect(store.ofApplication('shop')).rejects.toThrow('status');
  });
});
