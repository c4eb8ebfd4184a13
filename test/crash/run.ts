import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '@sluice/emulator';
import { localProducers } from '../../examples/storefront/producers.ts';
import { synthesise } from '../../infra/app.ts';
import type { Killed } from './kill-point.ts';
import { CrashTests, differences, drawKill, type Story, stories } from './killed-deployment.ts';

const KILLS_EACH = 10;
const { values } = parseArgs({ options: { points: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } } });
const points = Number(values.points);
const random = seededRandom(Number(values.seed));
const cloudAssembly = mkdtempSync(join(tmpdir(), 'sluice-assembly-'));
await synthesise(cloudAssembly, { producers: localProducers });
const tests = new CrashTests(cloudAssembly);
await tests.prepare();
const kills: Killed[] = [];
let [deployments, different] = [0, 0];
try {
  while (kills.length < points) await sendThrough(stories[deployments++ % stories.length] as Story);
} finally {
  tests.remove();
  rmSync(cloudAssembly, { recursive: true, force: true });
}
printSummary();
process.exitCode = different > 0 || kills.length < points ? 1 : 0;

async function sendThrough(story: Story): Promise<void> {
  const most = Math.min(KILLS_EACH, points - kills.length);
  const inPeace = await tests.inPeace(story);
  const { ended, kills: own } = await tests.killed(story, (sofar) => (sofar < most ? drawKill(random) : undefined));
  kills.push(...own);
  console.log(`${kills.length}/${points}  ${story.issue}: ${own.length} kills, ${ended.outcome}`);
  const differs = differences(inPeace, ended);
  if (differs.length === 0) return;
  different++;
  for (const line of [...differs, ...own.map((kill) => JSON.stringify(kill))]) console.log(`  ${line}`);
}

function printSummary(): void {
  const where = {
    'during the start': kills.filter(({ during }) => during === 'start'),
    'in a task': kills.filter(({ where }) => where.includes('task')),
    'between effect and record': kills.filter(({ kind }) => kind === 'effect'),
    'in a Wait': kills.filter(({ where }) => where.includes('wait')),
    'at a token': kills.filter(({ where }) => where.includes('token')),
  };
  for (const [place, those] of Object.entries(where)) console.log(`${String(those.length).padStart(4)} killed ${place}`);
  console.log(
    `${deployments} deployments killed ${kills.length} times with SIGKILL: ${different} ended differently from an undisturbed one`,
  );
}
