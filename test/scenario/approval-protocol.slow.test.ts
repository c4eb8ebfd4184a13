import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvals } from '#services';
import { linkIn, submitForm } from '../../cli/start/approver.ts';
import { Sluice } from './sluice.ts';

let sluice: Sluice;
beforeAll(async () => {
  sluice = await Sluice.start({ productionMix: 'staging' });
});
afterAll(() => sluice.stop());

const read = (link: string) => fetch(link).then(async (answer) => ({ status: answer.status, page: await answer.text() }));

/** Lists the files and database tables below a folder that contain one of the texts. */
function placesOf(texts: readonly string[], folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).filter((path) => !/-(?:wal|shm)$/.test(path));
  return [
    ...new Set(
      paths.flatMap((path) => (readFileSync(path).subarray(0, 15).toString() === 'SQLite format 3' ? inDatabase(path) : inFile(path))),
    ),
  ].sort();

  function inFile(path: string): string[] {
    const bytes = readFileSync(path);
    return texts.some((text) => bytes.includes(text)) ? [path.slice(folder.length + 1)] : [];
  }

  function inDatabase(path: string): string[] {
    const database = new DatabaseSync(path, { readOnly: true });
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all() as { name: string }[];
    const found = tables.flatMap(({ name }) =>
      (database.prepare(`select * from "${name}"`).all() as Record<string, unknown>[])
        .map((row) =>
          Object.values(row)
            .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
            .join(' '),
        )
        .filter((row) => texts.some((text) => row.includes(text)))
        .map((row) => `${path.slice(folder.length + 1)}:${name} ${row}`),
    );
    database.close();
    return found;
  }
}

/** Names the stores of the places. Items of the approvals' partition get the word `approvals`, by their hex key. */
function kindsOf(places: readonly string[]): string[] {
  const approvals = Buffer.from('approvals').toString('hex');
  const kinds = places.map((place) => {
    const [, store, table = ''] = /^([^/]+)\/[^:]*(:\w+)?/.exec(place) ?? [];
    return `${store}${table}${table === ':items' && place.includes(`${approvals}/`) ? ' approvals' : ''}`;
  });
  return [...new Set(kinds)].sort();
}

describe('an approval', () => {
  it('does not count for an artifact that was rebuilt after it', async () => {
    const id = await sluice.submit('b-dependabot-alert.json');
    const link = await sluice.mailedLink(id, 'approve');
    const { fix } = await sluice.until(id, ({ approval }) => approval?.status === 'PENDING');
    const rebuilt = new PutObjectCommand({ Bucket: sluice.runtime.outputs.ArtifactsBucket, Key: fix?.artifactKey, Body: 'other bytes' });

    const answer = await sluice.clock.runUntil(submitForm(link).then((answered) => new S3Client().send(rebuilt).then(() => answered)));

    expect(answer.heading).toBe('Approved');
    const deployment = await sluice.ended(id);
    expect(deployment).toMatchObject({ outcome: 'Escalated', production: { result: 'NotStarted' } });
    expect(deployment.outcomeReason).toContain('the artifact was rebuilt after the approval');
    expect(await sluice.serving('production')).toBe('1');
    const mails = (await sluice.runtime.mails()).filter(({ text }) => text.includes(id));
    expect(mails.some(({ text }) => text.includes('the artifact was rebuilt after the approval'))).toBe(true);
  });

  it('is superseded by a newer question, and stores tokens and links only where they belong', async () => {
    const older = await sluice.submit('bad/schema-change.json');
    const oldLink = await sluice.mailedLink(older, 'approve');
    const oldToken = await approvals().findToken((await sluice.until(older, () => true)).approval?.approvalId as string);
    const newer = await sluice.submit('bad/wide.json');
    await sluice.mailedLink(newer, 'approve');

    const ended = await sluice.ended(older);
    const seen = await sluice.clock.runUntil(read(oldLink));
    const asking = await sluice.until(newer, ({ approval }) => approval?.status === 'PENDING');

    expect(ended).toMatchObject({ outcome: 'Cancelled', approval: { status: 'SUPERSEDED', decidedBy: newer } });
    expect(seen.page).toContain('Superseded by a newer question');
    const token = await approvals().findToken(asking.approval?.approvalId as string);
    const tokens = [oldToken, token].map((held) => held?.taskToken as string);
    const mails = await sluice.runtime.mails();
    const links = mails.flatMap(({ text }) => ['approve', 'reject', 'view'].flatMap((action) => linkIn(text, action) ?? []));
    const macs = links.map((link) => /\.([\w-]{43})\//.exec(link)?.[1] as string);
    expect(tokens.every(Boolean) && macs.length > 4).toBe(true);
    const data = join(sluice.folder, 'data');
    expect(kindsOf(placesOf(tokens, data))).toEqual(['dynamodb:items approvals', 'step-functions:events', 'step-functions:frames']);
    expect(kindsOf(placesOf(macs, data))).toEqual(['ses:mails']);
    for (const text of tokens) expect(seen.page).not.toContain(text);
  });
});

describe('a link to stop', () => {
  it('offers a rollback when it is too late to cancel', async () => {
    const id = await sluice.submit('c-code-quality.json');
    const link = await sluice.mailedLink(id, 'cancel');
    await sluice.until(id, ({ status }) => status === 'Verifying');

    const { page } = await sluice.clock.runUntil(read(link));
    const offered = /href="(\/deployments\/[^"]+\/rollback)"/.exec(page)?.[1];
    const answer = await sluice.clock.runUntil(submitForm(new URL(offered ?? '/', link).href));

    expect(page).toContain('ask for a rollback instead');
    expect(answer).toEqual({ status: 200, heading: 'Rollback requested' });
    expect(await sluice.ended(id)).toMatchObject({
      outcome: 'RolledBack',
      outcomeReason: 'rollback by lead@acme.example: by the link in a message',
      stopRequest: { kind: 'rollback', by: 'lead@acme.example' },
    });
    expect((await sluice.clock.runUntil(read(link))).page).toContain('already asked for by lead@acme.example');
  });
});
