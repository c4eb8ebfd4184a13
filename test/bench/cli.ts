import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from 'simple-statistics';

const { values } = parseArgs({ options: { pairs: { type: 'string', default: '15' } } });
const launcher = fileURLToPath(new URL('../../cli/sluice.mjs', import.meta.url));

/** Returns no items for each query. So the CLI signs, sends and parses, and waits for no table. */
const server = createServer((request, reply) => {
  request
    .resume()
    .on('end', () => reply.setHeader('content-type', 'application/x-amz-json-1.0').end('{"Items":[],"Count":0,"ScannedCount":0}'));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const folder = mkdtempSync(join(tmpdir(), 'bench-cli-'));
mkdirSync(join(folder, '.sluice'));
const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const outputs = { DeploymentsTable: 'deployments', AuditTable: 'audit' };
writeFileSync(join(folder, '.sluice/connection.json'), JSON.stringify({ endpoint, outputs }));

async function secondsOf(args: readonly string[]): Promise<number> {
  const startMs = performance.now();
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with exit code ${code}`);
  return (performance.now() - startMs) / 1000;
}

try {
  const list = [launcher, 'list'];
  const first = await secondsOf(list);
  const pairs: { list: number; empty: number }[] = [];
  for (let i = 0; i < Number(values.pairs); i++) pairs.push({ list: await secondsOf(list), empty: await secondsOf(['-e', '0']) });
  const [ours, empty] = [median(pairs.map((pair) => pair.list)), median(pairs.map((pair) => pair.empty))];
  console.log(`sluice list, first call   ${first.toFixed(3)} s (bundles the CLI if a source changed)`);
  console.log(`sluice list, median       ${ours.toFixed(3)} s of ${pairs.length} calls`);
  console.log(`node -e 0, median         ${empty.toFixed(3)} s of ${pairs.length} calls, alternating with \`sluice list\``);
  console.log(
    `ratio                     ${median(pairs.map((pair) => pair.list / pair.empty)).toFixed(1)}, the median of ${pairs.length} pairs`,
  );
} finally {
  server.close();
  rmSync(folder, { recursive: true, force: true });
}
