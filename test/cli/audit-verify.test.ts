import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Runtime, realClock } from '@sluice/emulator';
import { startTemplate } from '@sluice/emulator/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ChainedRow, chainRow, genesisHash } from '#deployment/audit-chain';
import type { AuditRow } from '#deployment/audit-event';
import { DynamoDbDeployments } from '#deployment/deployments.dynamodb';
import { verifyTrail } from '#deployment/verify-trail.flow';
import { RecordTable } from '#platform/record-table.dynamodb';
import { DynamoDbApplications } from '#policy/applications.dynamodb';
import { guidePolicy } from '#policy/policy';
import { application } from '../../cli/start/storefront.ts';
import { deploymentWith } from '../fixtures/deployment.ts';
import { assembly, ofType, templateIn } from '../infra/template.ts';

const TABLE = 'AWS::DynamoDB::GlobalTable';
const sluice = fileURLToPath(new URL('../../cli/sluice.ts', import.meta.url));
const lesson = (lessonId: string) => ({ type: 'LessonRecorded', environment: 'staging', lessonId }) as const;

let runtime: Runtime;
let db: DynamoDBDocumentClient;
let tables: { deployments: string; audit: string };
let store: DynamoDbDeployments;
let folder: string;
let made = 0;
let id: string;
let rows: AuditRow[];

/** The two tables of the stack, without the policy that denies tampering: an attacker has removed it. */
function tableTemplate() {
  const found = ofType(templateIn(assembly()), TABLE).map(([logicalId, properties]) => {
    const Replicas = properties.Replicas.map(({ ResourcePolicy: _, ...replica }: { ResourcePolicy?: unknown }) => replica);
    return [logicalId, { Type: TABLE, Properties: { ...properties, Replicas } }] as const;
  });
  return Object.fromEntries(found);
}

beforeAll(async () => {
  const Resources = tableTemplate();
  runtime = await startTemplate({ Resources }, realClock());
  const named = (start: string) => runtime.resource(Object.keys(Resources).find((name) => name.startsWith(start)) as string).ref;
  tables = { deployments: named('Deployments'), audit: named('Audit') };
  db = DynamoDBDocumentClient.from(new DynamoDBClient(runtime.clientConfig()), { marshallOptions: { removeUndefinedValues: true } });
  store = new DynamoDbDeployments(
    db,
    tables,
    () => new Date(),
    async () => undefined,
  );
  folder = mkdtempSync(join(tmpdir(), 'sluice-audit-'));
  mkdirSync(join(folder, '.sluice'));
  const outputs = { DeploymentsTable: tables.deployments, AuditTable: tables.audit };
  writeFileSync(join(folder, '.sluice/connection.json'), JSON.stringify({ endpoint: runtime.endpoint, outputs }));
});
afterAll(async () => {
  await runtime.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  id = await written(6);
  rows = (await store.trail(id)) as AuditRow[];
});

/** Writes a deployment with this many rows through the store. */
async function written(count: number): Promise<string> {
  const fresh = { ...deploymentWith({ id: `auto-deploy-20260101-${++made}` }), sequence: 0, headHash: genesisHash };
  await store.create(fresh, lesson('1'), { entryKey: '1', actor: 'sluice/Intake' });
  for (let place = 2; place <= count; place++)
    await store.record(fresh.id, { entryKey: `${place}`, actor: 'sluice/JudgeHealth' }, (next) => ({ event: lesson(`${place}`), next }));
  return fresh.id;
}

const put = (row: object) => db.send(new PutCommand({ TableName: tables.audit, Item: row }));
const remove = (sequence: number) => db.send(new DeleteCommand({ TableName: tables.audit, Key: { deploymentId: id, sequence } }));
const row = (sequence: number) => rows[sequence - 1] as AuditRow;
const found = async () => (await verifyTrail({ deployments: store }, id)).problems.map(({ sequence, kind }) => `${sequence} ${kind}`);
/** Hashes and links rows again, as an attacker who knows the chain would. */
function chained(from: number, change: object): AuditRow[] {
  const done: AuditRow[] = [];
  for (const old of rows.slice(from - 1)) {
    const previousHash = done.at(-1)?.hash ?? old.previousHash;
    done.push(chainRow({ ...old, ...(old.sequence === from ? change : {}), previousHash }));
  }
  return done;
}

describe('verifyTrail', () => {
  it('finds no problem in an unchanged trail', async () => {
    expect(await verifyTrail({ deployments: store }, id)).toEqual({ deploymentId: id, rows: 6, problems: [] });
  });

  it('finds changed content in one row', async () => {
    await put({ ...row(3), event: lesson('forged') });

    expect(await found()).toEqual(['3 changed']);
  });

  it('finds an attribute that was added to a row', async () => {
    await put({ ...row(3), approvedBy: 'eve' });

    expect(await found()).toEqual(['3 changed']);
  });

  it('finds a changed row with a new hash by the row after it', async () => {
    await put(chainRow({ ...row(3), actor: 'eve' }));

    expect(await found()).toEqual(['4 unlinked']);
  });

  it('finds a missing row in the middle and at the beginning', async () => {
    await remove(3);
    expect(await found()).toEqual(['3 missing']);

    await remove(1);
    expect(await found()).toEqual(['1 missing', '3 missing']);
  });

  it('finds two rows that changed places', async () => {
    await put({ ...row(3), sequence: 4 });
    await put({ ...row(4), sequence: 3 });

    expect(await found()).toEqual(expect.arrayContaining(['3 changed', '4 changed']));
  });

  it('finds a trail that was cut off by the last row that the deployment names', async () => {
    await remove(6);
    await remove(5);

    expect(await found()).toEqual(['5 truncated']);
  });

  it('finds a trail without any row', async () => {
    for (const { sequence } of rows) await remove(sequence);

    expect(await found()).toEqual(['1 truncated']);
  });

  it('finds a trail with new hashes from a forged row on', async () => {
    for (const forged of chained(4, { actor: 'eve' })) await put(forged);

    expect(await found()).toEqual(['6 rechained']);
  });

  it('finds a row that was added after the last row', async () => {
    await put(chainRow({ ...row(6), sequence: 7, previousHash: row(6).hash }));

    expect(await found()).toEqual(['7 added']);
  });

  it('finds the rows of a deployment without a record', async () => {
    await db.send(new DeleteCommand({ TableName: tables.deployments, Key: { pk: `deployment#${id}`, sk: 'projection' } }));

    expect(await found()).toEqual(['6 headless']);
  });

  it('finds a row without a required field, although its hash is right', async () => {
    const { actor: _, ...rest } = row(6);
    await put(chainRow(rest as AuditRow));

    expect(await found()).toEqual(['6 malformed', '6 rechained']);
  });

  it('names a deployment with a changed record, and checks its rows all the same', async () => {
    const Key = { pk: `deployment#${id}`, sk: 'projection' };
    const { Item } = await db.send(new GetCommand({ TableName: tables.deployments, Key }));
    await db.send(new PutCommand({ TableName: tables.deployments, Item: { ...Item, body: { ...Item?.body, forged: true } } }));
    await put({ ...row(3), event: lesson('forged') });

    expect(await found()).toEqual(['6 malformed', '3 changed']);
    expect(await store.idsOf('storefront')).toContain(id);
  });

  it('accepts rows that are appended while it reads', async () => {
    const append = () => store.record(id, { entryKey: 'late', actor: 'sluice/JudgeHealth' }, (next) => ({ event: lesson('late'), next }));
    const busy = {
      storedHead: (one: string) => store.storedHead(one),
      storedTrail: async (one: string): Promise<ChainedRow[]> => {
        await append();
        return store.storedTrail(one);
      },
    };

    expect(await verifyTrail({ deployments: busy }, id)).toMatchObject({ rows: 7, problems: [] });
  });
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
const run = (...args: string[]) =>
  new Promise<Ran>((resolve) => {
    execFile(process.execPath, [sluice, ...args], { cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: (error?.code as number | undefined) ?? 0, stdout, stderr }),
    );
  });

describe('sluice audit verify', () => {
  it('prints the number of rows of an intact trail and exits with 0', async () => {
    expect(await run('audit', 'verify', id)).toMatchObject({ code: 0, stdout: `intact: 1 trail, 6 rows\n` });
  });

  it('prints deployment, row, problem and next step of a broken trail and exits with 3', async () => {
    await put({ ...row(3), event: lesson('forged') });

    const { code, stdout } = await run('audit', 'verify', id);

    expect(code).toBe(3);
    expect(stdout).toContain(`${id}, row 3: `);
    expect(stdout).toContain('1 of 1 trail is broken');
    expect(stdout).toContain(`autonomous-deployments/${row(3).at.slice(0, 10)}/${id}/000003.jsonl`);
    expect(stdout).toContain('CloudTrail');
  });

  it('checks all deployments of all applications if it gets no id', async () => {
    const applications = new DynamoDbApplications(new RecordTable(db, tables.deployments));
    await applications.register({ ...application(), repositoryUrl: 'https://git.example/storefront.git', policy: guidePolicy });
    await put({ ...row(2), at: '2020-01-01T00:00:00.000Z' });

    const { code, stdout } = await run('--json', 'audit', 'verify');
    const report = JSON.parse(stdout);

    expect(code).toBe(3);
    expect(report.trails).toBeGreaterThan(5);
    expect(report.problems).toContainEqual(expect.objectContaining({ deploymentId: id, sequence: 2, kind: 'changed' }));
  });

  it('says that an id is unknown and exits with 2', async () => {
    const { code, stderr } = await run('audit', 'verify', 'nope');

    expect(code).toBe(2);
    expect(stderr).toContain('no deployment nope');
  });

  it('documents its exit codes in its help', async () => {
    expect((await run('audit', 'verify', '--help')).stdout).toMatch(/Exit codes:\n +0 .*\n +1 .*\n +2 .*\n +3 /);
  });
});
