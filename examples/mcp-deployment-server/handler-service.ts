import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { unzipSync } from 'fflate';
import type { Service } from './environment.ts';

/** Starts a zip with an `index.mjs` that exports a Lambda handler. Throws if the zip has another digest. */
export async function startHandler(zip: Uint8Array, digest: string, folder: string): Promise<Service> {
  const actual = createHash('sha256').update(zip).digest();
  if (actual.toString('base64') !== digest) throw new Error(`the artifact has the digest ${actual.toString('base64')}, not ${digest}`);
  const home = join(folder, actual.toString('hex'));
  if (!existsSync(home)) unpack(zip, home);
  const { handler } = (await import(pathToFileURL(join(home, 'index.mjs')).href)) as {
    handler: (event: object) => Promise<{ statusCode: number; body?: string }>;
  };
  return async ({ method, path, body }) => {
    const { pathname, search, searchParams } = new URL(path, 'http://service');
    const event = {
      version: '2.0',
      rawPath: pathname,
      rawQueryString: search.slice(1),
      queryStringParameters: Object.fromEntries(searchParams),
      headers: {},
      requestContext: { http: { method, path: pathname } },
      body: body || undefined,
      isBase64Encoded: false,
    };
    const answered = await handler(event).catch((error: Error) => ({ statusCode: 500, body: error.message }));
    return { status: answered.statusCode, body: answered.body ?? '' };
  };
}

function unpack(zip: Uint8Array, home: string): void {
  for (const [name, bytes] of Object.entries(unzipSync(zip))) {
    if (name.endsWith('/')) continue;
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), bytes);
  }
}
