import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSuitable } from '../../cli/launcher/suitable-node.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
const cache = join(copy, 'node_modules/.cache/sluice');
const record = () => JSON.parse(readFileSync(join(cache, 'current.json'), 'utf8')) as { digest: string; files: string[] };
const sluice = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(copy, 'cli/sluice.mjs'), ...args], { cwd: copy, encoding: 'utf8' });
  return { status, stdout, stderr };
};

beforeAll(() => {
  for (const name of ['cli', 'functions', 'statemachine', 'package.json'])
    cpSync(join(repository, name), join(copy, name), { recursive: true });
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(repository, 'node_modules')))
    if (name !== '.cache') symlinkSync(join(repository, 'node_modules', name), join(copy, 'node_modules', name));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('the bundle of the CLI', () => {
  it('is built by the first call and runs the second', () => {
    const first = sluice('--help');
    const { digest, files } = record();
    appendFileSync(join(cache, digest, 'sluice.mjs'), "\nconsole.log('from the bundle');");

    const second = sluice('list');

    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(files).toEqual(expect.arrayContaining(['package.json', 'cli/list.ts', 'cli/judge/judge.ts']));
    expect(second.stdout).toContain('from the bundle');
    expect(second).toMatchObject({ status: 2, stderr: expect.stringContaining('no Sluice is running here') });
  });

  it('is built again if its program is gone, readable for every user', () => {
    const { digest } = record();
    rmSync(join(cache, digest, 'sluice.mjs'));

    const again = sluice('list');

    expect(again).toMatchObject({ status: 2, stderr: expect.stringContaining('no Sluice is running here') });
    expect(existsSync(join(cache, digest, 'sluice.mjs'))).toBe(true);
    expect(statSync(join(cache, digest)).mode & 0o777).toBe(0o755);
  });

  it('is not used after a source changed', () => {
    const file = join(copy, 'cli/sluice.ts');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('list deployments, newest first', 'list deployments in another order'));

    const changed = sluice('--help');

    expect(changed.stdout).toContain('list deployments in another order');
    expect(changed.stdout).not.toContain('from the bundle');
  });

  it('is replaced by the source if it cannot be built', () => {
    const file = join(copy, 'cli/sluice.ts');
    appendFileSync(file, '\nvoid import.meta.url;\n');

    const unbundled = sluice('list');

    expect(unbundled).toMatchObject({ status: 2, stderr: expect.stringContaining('no Sluice is running here') });
  });
});

describe('the launcher', () => {
  it.each([
    ['20.20.2', false],
    ['22.17.1', false],
    ['22.18.0', true],
    ['23.5.0', false],
    ['23.6.0', true],
    ['24.0.0', true],
  ])('runs on Node %s without another Node: %s', (version, suitable) => {
    expect(isSuitable(version)).toBe(suitable);
  });
});
