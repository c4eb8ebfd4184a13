import { ConditionalCheckFailedException, DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { chainProblems, chainRow, genesisHash } from '#deployment/audit-chain';
import type { AuditEvent } from '#deployment/audit-event';
import type { Deployment } from '#deployment/deployment';
import { DynamoDbDeployments } from '#deployment/deployments.dynamodb';
import { RecordTable } from '#platform/record-table.dynamodb';
import { DynamoDbApplications } from '#policy/applications.dynamodb';
import { guidePolicy } from '#policy/policy';
import { DynamoDbLocks } from '#release/locks.dynamodb';
import { DynamoDbHistory } from '#report/history.dynamodb';
import { explain } from '#report/why';
import storefront from '../../../examples/storefront/application.json' with { type: 'json' };
import { deploymentWith } from '../../fixtures/deployment.ts';

const db = mockClient(DynamoDBDocumentClient);
const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
const now = () => new Date('2026-01-01T00:00:00.000Z');
const pauses: number[] = [];
const pause = async (attempt: number) => {
  pauses.push(attempt);
};
const store = new DynamoDbDeployments(client, { deployments: 'D', audit: 'A' }, now, pause);
const entry = { entryKey: 'e/JudgeHealth/t', actor: 'sluice/JudgeHealth' };
const change = (current: Deployment) => ({
  event: { type: 'LessonRecorded', environment: 'staging', lessonId: 'l' } as const,
  next: current,
});
const lostRace = () =>
  new TransactionCanceledException({ message: 'lost', $metadata: {}, CancellationReasons: [{ Code: 'ConditionalCheckFailed' }] });

const auditRow = chainRow({
  deploymentId: 'd',
  sequence: 1,
  at: now().toISOString(),
  actor: 'test',
  event: { type: 'LessonRecorded', environment: 'staging', lessonId: 'l' },
  previousHash: genesisHash,
});

let current: Deployment;
beforeEach(() => {
  db.reset();
  pauses.length = 0;
  current = { ...deploymentWith(), sequence: 4 };
  db.on(GetCommand).callsFake(({ Key }) => (Key.sk === 'projection' ? { Item: { body: current } } : {}));
  db.on(TransactWriteCommand).resolves({});
});

describe('the deployments’ store', () => {
  it('writes event, projection and marker in one transaction, each under its condition', async () => {
    const next = await store.record(current.id, entry, change);

    const [audit, projection, marker] = db.commandCalls(TransactWriteCommand)[0]?.args[0].input.TransactItems ?? [];
    expect(next).toMatchObject({ sequence: 5, updatedAt: now().toISOString() });
    expect(audit?.Put).toMatchObject({
      TableName: 'A',
      ConditionExpression: 'attribute_not_exists(deploymentId)',
      Item: { sequence: 5, previousHash: current.headHash, hash: next.headHash },
    });
    expect(projection?.Put).toMatchObject({
      TableName: 'D',
      ConditionExpression: '#sequence = :seen',
      ExpressionAttributeValues: { ':seen': 4 },
    });
    expect(marker?.Put).toMatchObject({
      ConditionExpression: 'attribute_not_exists(pk)',
      Item: { sk: 'marker#e/JudgeHealth/t', expiresAt: 1_767_225_600 + 90 * 86_400 },
    });
  });

  it('appends nothing when the same entry key was written before, or nothing is decided', async () => {
    await store.record(current.id, entry, () => undefined);
    db.on(GetCommand).callsFake(({ Key }) => (Key.sk === 'projection' ? { Item: { body: current } } : { Item: { sequence: 5 } }));
    await store.record(current.id, entry, change);

    expect(db.commandCalls(TransactWriteCommand)).toHaveLength(0);
  });

  it('reads and decides again after a lost race, and gives up as AuditContention after eight', async () => {
    db.on(TransactWriteCommand).rejectsOnce(lostRace()).resolves({});
    const decided: number[] = [];
    await store.record(current.id, entry, (read) => {
      decided.push(read.sequence);
      return change(read);
    });
    expect(decided).toEqual([4, 4]);

    db.on(TransactWriteCommand).rejects(lostRace());
    await expect(store.record(current.id, entry, change)).rejects.toMatchObject({ name: 'AuditContention' });
    expect(pauses).toEqual([0, 0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('does not take another failure for a lost race', async () => {
    db.on(TransactWriteCommand).rejects(
      new TransactionCanceledException({ message: 'bad', $metadata: {}, CancellationReasons: [{ Code: 'ValidationError' }] }),
    );

    await expect(store.record(current.id, entry, change)).rejects.toMatchObject({ name: 'TransactionCanceledException' });
  });

  it('refuses to write a projection that could not be read back', async () => {
    await expect(
      store.record(current.id, entry, (read) => ({ ...change(read), next: { ...read, unknown: 1 } as Deployment })),
    ).rejects.toThrow('unknown');
  });

  it('refuses to write an event with a field that its schema does not know', async () => {
    const event = { ...change(current).event, patch: "a customer's text" } as AuditEvent;

    await expect(store.record(current.id, entry, (next) => ({ event, next }))).rejects.toThrow('patch');
    await expect(store.create(current, event, entry)).rejects.toThrow('patch');
    expect(db.commandCalls(TransactWriteCommand)).toHaveLength(0);
  });

  it('keeps a row of a newer version whole when it reads it', async () => {
    const newer = { ...auditRow, region: 'eu-1', event: { type: 'CandidateSigned', by: 'a newer version' } };
    db.on(QueryCommand).resolves({ Items: [newer] });

    expect(await store.trail('d')).toEqual([newer]);
  });

  it.each([
    ['sequence', { sequence: 1.5 }],
    ['at', { at: 'yesterday' }],
    ['actor', { actor: undefined }],
    ['event.type', { event: { lessonId: 'l' } }],
    ['hash', { hash: 'short' }],
    ['previousHash', { previousHash: null }],
  ])('names deployment, row and %s where a stored row cannot be relied on', async (field, wrong) => {
    db.on(GetCommand).resolves({ Item: { sequence: 1 } });
    db.on(QueryCommand).resolves({ Items: [{ ...auditRow, ...wrong }] });
    const named = { name: 'AuditRowMalformed', message: expect.stringMatching(new RegExp(`deployment d, audit row [\\d.]+: ${field}: `)) };

    await expect(store.trail('d')).rejects.toMatchObject(named);
    await expect(store.rowAt('d', 'intake')).rejects.toMatchObject(named);
  });

  it('names a deployment that is not there, and reads every page of a trail', async () => {
    db.on(GetCommand).resolves({});
    db.on(QueryCommand)
      .resolvesOnce({ Items: [auditRow], LastEvaluatedKey: { sequence: 1 } })
      .resolves({ Items: [{ ...auditRow, sequence: 2 }] });

    await expect(store.read('nope')).rejects.toMatchObject({ name: 'DeploymentNotFound' });
    expect(await store.trail('d')).toHaveLength(2);
  });

  it('answers false when the id is taken', async () => {
    db.on(TransactWriteCommand).rejects(lostRace());

    expect(await store.create(current, change(current).event, entry)).toBe(false);
  });
});

describe('the locks', () => {
  const key = { application: 'shop', environment: 'production' } as const;
  const locks = new DynamoDbLocks(client, 'D', now, pause);
  let kept: { lock: object } | undefined;
  beforeEach(() => {
    kept = undefined;
    db.on(GetCommand).callsFake(() => (kept ? { Item: structuredClone(kept) } : {}));
    db.on(PutCommand).callsFake(({ Item }) => {
      kept = { lock: Item.lock };
      return {};
    });
  });

  it('hand over in order, with a higher fence each time, and free only what is held', async () => {
    expect(await locks.acquire(key, { deploymentId: 'a', taskToken: 'ta' })).toEqual({ acquired: true, fence: 1 });
    expect(await locks.acquire(key, { deploymentId: 'b', taskToken: 'tb' })).toEqual({ acquired: false, holder: 'a' });
    expect(await locks.acquire(key, { deploymentId: 'c', taskToken: 'tc' })).toEqual({ acquired: false, holder: 'a' });
    expect(await locks.release(key, 'b')).toBeUndefined();
    expect(await locks.release(key, 'a')).toEqual({ deploymentId: 'c', taskToken: 'tc', fence: 2 });
    expect(await locks.release(key, 'c')).toBeUndefined();
    expect(await locks.read(key)).not.toHaveProperty('holder');
  });

  it('refuse who acts under a fence that was raised since', async () => {
    await locks.acquire(key, { deploymentId: 'a', taskToken: 'ta' });

    expect(await locks.raiseFence(key, 'a')).toBe(2);
    await expect(locks.renew(key, 'a', 1)).rejects.toMatchObject({ name: 'FenceRaised' });
    await expect(locks.renew(key, 'a', 2)).resolves.toBeUndefined();
  });

  it('are read again after a lost race', async () => {
    db.on(PutCommand)
      .rejectsOnce(new ConditionalCheckFailedException({ message: 'lost', $metadata: {} }))
      .resolves({});

    expect(await locks.acquire(key, { deploymentId: 'a', taskToken: 'ta' })).toMatchObject({ acquired: true });
    expect(pauses).toEqual([0]);
  });
});

describe('the records', () => {
  it('count as resolved only what was deployed, over all pages', async () => {
    db.on(QueryCommand)
      .resolvesOnce({ Items: [{ body: { outcome: 'Deployed' } }, { body: { outcome: 'RolledBack' } }], LastEvaluatedKey: { sk: 'x' } })
      .resolves({ Items: [{ body: { outcome: 'Deployed' } }] });

    expect(await new DynamoDbHistory(new RecordTable(client, 'D')).previousResolutions('shop/code-quality/lint')).toBe(2);
  });

  it('name an application that is not registered', async () => {
    db.on(GetCommand).resolves({});

    await expect(new DynamoDbApplications(new RecordTable(client, 'D')).readApplication('nope')).rejects.toMatchObject({
      name: 'ApplicationNotFound',
    });
  });
});

describe('what an older version stored', () => {
  const renamed = (value: unknown, names: Readonly<Record<string, string>>): unknown =>
    JSON.parse(
      JSON.stringify(value, (_, member) => {
        if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
        return Object.fromEntries(Object.entries(member).map(([name, each]) => [names[name] ?? name, each]));
      }),
    );
  const rollback = {
    reason: 'r',
    attempts: 1,
    checks: [],
    refusedReturn: { check: 'service-health', verdict: 'Failed', detail: 'd' },
    servingState: 'version 1 serves',
  } as const;

  it('is read under the present names, and written back under them', async () => {
    const present = deploymentWith();
    const production = { ...(present.production as NonNullable<Deployment['production']>), rollback };
    const former = { checks: 'evidence', judgeBy: 'evidence', refusedReturn: 'withheld', servingState: 'standing' };
    current = {
      ...present,
      sequence: 4,
      fix: renamed(present.fix, former),
      policy: renamed(present.policy, { judgeBy: 'evidence' }),
      production: { ...production, rollback: renamed(rollback, { refusedReturn: 'withheld', servingState: 'standing' }) },
    } as Deployment;
    expect(JSON.stringify(current)).not.toMatch(/judgeBy|refusedReturn|servingState/);

    const read = await store.read(present.id);
    const next = await store.record(present.id, entry, change);

    expect(read).toEqual({ ...present, sequence: 4, production });
    expect(next).toMatchObject({ fix: present.fix, policy: present.policy, production });
    const items = db.commandCalls(TransactWriteCommand)[0]?.args[0].input.TransactItems;
    expect(JSON.stringify(items)).not.toMatch(/"evidence"|"withheld"|"standing"/);
  });

  it('is read from the trail under the present names, while the stored row keeps its own and its hash', async () => {
    const { checks: evidence, ...others } = deploymentWith().fix as NonNullable<Deployment['fix']>;
    const withheld = 'the old version fails its health path';
    const restored = { type: 'TrafficRestored', environment: 'staging', version: '1', attempt: 1, reason: 'r', withheld };
    const chained = (sequence: number, event: object, previousHash: string) =>
      chainRow({ deploymentId: 'd', sequence, at: now().toISOString(), actor: 'test', event: event as AuditEvent, previousHash });
    const first = chained(1, { type: 'FixCollected', evidence, ...others }, genesisHash);
    const second = chained(2, restored, first.hash);
    const third = chained(3, { type: 'LockAwaited', environment: 'staging', heldBy: 'other' }, second.hash);
    db.on(QueryCommand).resolves({ Items: [first, second, third] as unknown as Record<string, unknown>[] });

    const [fix, traffic, lock] = await store.trail('d');

    expect(fix?.event).toEqual({ type: 'FixCollected', checks: evidence, ...others });
    expect(traffic?.event).toMatchObject({ refusedReturn: withheld });
    expect(lock?.event).toEqual({ type: 'LockAwaited', environment: 'staging', holder: 'other' });
    expect(chainProblems(await store.storedTrail('d'))).toEqual([]);
    expect(explain(deploymentWith(), await store.trail('d'))).toContain(
      `  ${evidence[0]?.check}: ${evidence[0]?.verdict} (${evidence[0]?.detail})`,
    );
  });

  it('is an application whose policy says how it is judged', async () => {
    const policy = { ...guidePolicy, staging: { ...guidePolicy.staging, judgeBy: 'sequential' as const } };
    const stored = renamed({ ...storefront, repositoryUrl: 'https://git.example/storefront.git', policy }, { judgeBy: 'evidence' });
    db.on(GetCommand).resolves({ Item: { body: stored } });

    const read = await new DynamoDbApplications(new RecordTable(client, 'D')).readApplication('storefront');

    expect(read.policy).toEqual(policy);
  });
});
