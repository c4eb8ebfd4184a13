import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { chainProblems, chainRow, genesisHash } from '#deployment/audit-chain';
import type { AuditEvent } from '#deployment/audit-event';
import type { Deployment } from '#deployment/deployment';
import { DynamoDbDeployments } from '#deployment/deployments.dynamodb';
import { RecordTable } from '#platform/record-table.dynamodb';
import { DynamoDbApplications } from '#policy/applications.dynamodb';
import { guidePolicy } from '#policy/policy';
import { explain } from '#report/why';
import storefront from '../../../examples/storefront/application.json' with { type: 'json' };
import { deploymentWith } from '../../fixtures/deployment.ts';

const db = mockClient(DynamoDBDocumentClient);
const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
const now = () => new Date('2026-01-01T00:00:00.000Z');
const store = new DynamoDbDeployments(client, { deployments: 'D', audit: 'A' }, now, async () => undefined);
const entry = { entryKey: 'e/JudgeHealth/t', actor: 'sluice/JudgeHealth' };
const change = (current: Deployment) => ({
  event: { type: 'LessonRecorded', environment: 'staging', lessonId: 'l' } as const,
  next: current,
});

let current: Deployment;
beforeEach(() => {
  db.reset();
  db.on(GetCommand).callsFake(({ Key }) => (Key.sk === 'projection' ? { Item: { body: current } } : {}));
  db.on(TransactWriteCommand).resolves({});
});

describe('a record of an older version', () => {
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

  it('reads an older record under former names and writes it back under present ones', async () => {
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

  it('shows present names in the trail while the stored row keeps its names and its hash', async () => {
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

  it('reads the judge of a policy under its former name', async () => {
    const policy = { ...guidePolicy, staging: { ...guidePolicy.staging, judgeBy: 'sequential' as const } };
    const stored = renamed({ ...storefront, repositoryUrl: 'https://git.example/storefront.git', policy }, { judgeBy: 'evidence' });
    db.on(GetCommand).resolves({ Item: { body: stored } });

    const read = await new DynamoDbApplications(new RecordTable(client, 'D')).readApplication('storefront');

    expect(read.policy).toEqual(policy);
  });
});
