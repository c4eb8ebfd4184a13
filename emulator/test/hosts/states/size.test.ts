import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { STATE_TYPES } from '../../../hosts/states/definition.ts';

const MOST_LINES = 2_500;
const emulator = fileURLToPath(new URL('../../../', import.meta.url));
/** The engine: all of `states/`, and the program that starts it alone. Blank lines and comments count. */
const files = ['engine.ts', ...readdirSync(`${emulator}hosts/states`).map((name) => `hosts/states/${name}`)];

describe('the engine', () => {
  it(`keeps the engine under ${MOST_LINES} lines`, () => {
    const lines = files.map((name) => readFileSync(emulator + name, 'utf8').split('\n').length - 1);

    expect(lines.reduce((sum, count) => sum + count)).toBeLessThan(MOST_LINES);
  });

  it('keeps a file for each state type', () => {
    expect(STATE_TYPES.filter((type) => !existsSync(`${emulator}hosts/states/${type.toLowerCase()}.ts`))).toEqual([]);
  });

  it('keeps every function of the engine within 40 lines', () => {
    const biome = fileURLToPath(new URL('../../../../node_modules/@biomejs/biome/bin/biome', import.meta.url));
    const options = [
      'lint',
      '--only=complexity/noExcessiveLinesPerFunction',
      '--error-on-warnings',
      ...files.map((name) => emulator + name),
    ];

    const { status, stdout, stderr } = spawnSync(process.execPath, [biome, ...options], { encoding: 'utf8' });

    expect(stdout + stderr).toContain(`Checked ${files.length} files`);
    expect(status, stdout + stderr).toBe(0);
  });
});
