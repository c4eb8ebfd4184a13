import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Pool } from '../../../hosts/lambda/pool.ts';
import type { FunctionVersion } from '../../../hosts/lambda/types.ts';
import { freshFolder } from '../../assembly.ts';

const version = { name: 'slow', version: '1', codeSha256: 'c', revisionId: 'r' } as FunctionVersion;

/** Runs a module once in a process that may take this long until it asks for an invocation. */
async function run(source: string, initMs: number) {
  const folder = freshFolder();
  writeFileSync(join(folder, 'index.mjs'), source);
  const environment = { PATH: process.env.PATH ?? '', LAMBDA_TASK_ROOT: folder, _HANDLER: 'index.handler' };
  const pool = new Pool({ launch: () => ({ environment, folder, initMs }), nowMs: () => 0, onLine: () => undefined });
  const { payload, failed } = await pool.run(version, { requestId: 'one', arn: 'a', payload: '{}', clockMs: 0, timeoutSeconds: 3 });
  await pool.stop();
  return { failed, answer: JSON.parse(payload) };
}

it('ends a module that hangs while it is loaded, as AWS reports an invocation that took too long', async () => {
  const errorMessage = 'RequestId: one Error: Task timed out after 3.00 seconds';

  expect(await run('for (;;);', 1)).toEqual({ failed: true, answer: { errorType: 'Sandbox.Timedout', errorMessage } });
});

it('lets a module that is loaded in time answer', async () => {
  expect(await run('export const handler = async () => "in time";', 60_000)).toEqual({ failed: false, answer: 'in time' });
});
