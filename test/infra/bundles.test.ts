import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bundle } from '../../infra/bundles.ts';

const folders: string[] = [];
const digest = (text: string) => createHash('sha256').update(text).digest('hex');
const handlers = {
  Notify: 'functions/handlers/notify.ts',
  FinishRelease: 'functions/handlers/finish-release.ts',
  Web: 'functions/handlers/web.ts',
};

async function bundled(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bundles-'));
  folders.push(folder);
  const folderOf = await bundle(handlers, folder);
  return Object.keys(handlers).map((name) => readFileSync(join(folderOf(name), 'index.mjs'), 'utf8'));
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('the Lambda bundles', () => {
  it('are byte for byte the same when the same sources are bundled again', async () => {
    const first = (await bundled()).map(digest);

    for (let again = 0; again < 2; again++) expect((await bundled()).map(digest)).toEqual(first);
  });

  it('leave the MCP client out of a function that never calls it', async () => {
    const [notify = '', finishRelease = ''] = await bundled();

    expect([notify, finishRelease].map((text) => text.includes('StreamableHTTP'))).toEqual([true, false]);
  });
});
