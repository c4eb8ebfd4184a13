import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../clock/seeded-random.ts';

const ENGINE = new URL('./killed-engine.ts', import.meta.url).pathname;
const NEVER = Number.MAX_SAFE_INTEGER;
const newFolder = () => mkdtempSync(join(tmpdir(), 'killed-'));

describe('an execution with an engine that is killed again and again', () => {
  it.each([1, 2])('ends as if nothing had happened, with the same history (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    const undisturbed = await run(newFolder(), NEVER);
    const folder = newFolder();
    let kills = 0;

    let disturbed = '';
    while (disturbed === '') {
      disturbed = await run(folder, 4 + Math.floor(random() * 60));
      if (disturbed === '') kills++;
    }

    expect(kills).toBeGreaterThan(4);
    const { status, output, events, ids, children } = JSON.parse(disturbed);
    expect({ status, output, events }).toEqual(pick(undisturbed));
    expect(ids).toEqual(ids.map((_: number, i: number) => i + 1));
    expect(children).toBe(1);
  });
});

function pick(ended: string): object {
  const { status, output, events } = JSON.parse(ended);
  return { status, output, events };
}

/** Returns the output of an engine, or nothing if it was killed before its n-th write. */
async function run(folder: string, writes: number): Promise<string> {
  const engine = spawn(process.execPath, [ENGINE, folder, String(writes)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed, [code, signal]] = await Promise.all([text(engine.stdout), once(engine, 'exit')]);
  expect([code, signal]).toEqual(printed === '' ? [null, 'SIGKILL'] : [0, null]);
  return printed;
}
