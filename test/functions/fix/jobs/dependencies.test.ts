import { existsSync, mkdirSync, realpathSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { buildArtifact } from '#fix/jobs/artifact';
import { type Installation, installDependencies } from '#fix/jobs/dependencies';
import { sayTests } from '#fix/jobs/test-count';
import { freshFolder, imageModules, sweep } from './stage.ts';

afterAll(sweep);
afterEach(() => vi.useRealTimers());

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = freshFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const manifest = (value: object) => ({ 'package.json': JSON.stringify(value) });
const lock = (packages: object) => ({ 'package-lock.json': JSON.stringify({ packages }) });

/** Installs with a fake npm, and returns how it was called. */
function npmCall(files: Record<string, string>, installation: Installation = {}): string {
  const calls: string[] = [];
  installDependencies(folderOf(files), undefined, {
    ...installation,
    run: (program, args) => String(calls.push([program, ...args].join(' '))),
  });
  return calls.join();
}

describe('installDependencies from the registry', () => {
  it('installs from the lock file, without scripts and without tools', () => {
    expect(
      npmCall({ ...manifest({ dependencies: { a: '^1.0.0' } }), ...lock({ 'node_modules/a': { resolved: 'https://r/a.tgz' } }) }),
    ).toBe('npm ci --omit=dev --ignore-scripts --allow-git=none --no-audit --no-fund');
  });

  it('installs the tools for jobs that run the repository’s scripts', () => {
    expect(npmCall(manifest({}), { withTools: true })).toBe('npm install --ignore-scripts --allow-git=none --no-audit --no-fund');
  });

  it.each([
    ['a git repository', { ...manifest({ dependencies: { a: 'git+https://host/a.git' } }) }],
    ['a shorthand for one', { ...manifest({ devDependencies: { a: 'someone/a' } }) }],
    ['a folder', { ...manifest({ dependencies: { a: 'file:../a' } }) }],
    ['a git repository that only the lock file names', { ...manifest({}), ...lock({ a: { resolved: 'git+ssh://git@host/a.git#1' } }) }],
    ['a link', { ...manifest({}), ...lock({ a: { resolved: 'packages/a', link: true } }) }],
  ])('refuses %s, since npm would run its code to prepare it', (_what, files) => {
    expect(() => npmCall(files)).toThrow('not a version from the registry: a;');
  });
});

describe('installDependencies from the build image', () => {
  const install = (value: object, withTools = false) => {
    const checkout = folderOf(manifest(value));
    installDependencies(checkout, imageModules, { withTools });
    return checkout;
  };

  it('copies exactly the version that package.json names', () => {
    const checkout = install({ dependencies: { minimist: '1.2.5' } });

    expect(realpathSync(join(checkout, 'node_modules/minimist'))).toBe(`${realpathSync(checkout)}/node_modules/minimist`);
  });

  it('brings tools only for jobs that run the repository’s scripts', () => {
    const tools = { devDependencies: { '@biomejs/biome': '^2.5.0' } };

    expect(existsSync(join(install(tools), 'node_modules/.bin/biome'))).toBe(false);
    expect(existsSync(join(install(tools, true), 'node_modules/.bin/biome'))).toBe(true);
  });

  it('names the package that the image does not bring', () => {
    expect(() => install({ dependencies: { minimist: '0.0.1' } })).toThrow('the build image does not bring minimist 0.0.1');
    expect(() => install({ devDependencies: { '@biomejs/biome': '^1.0.0' } }, true)).toThrow('does not bring @biomejs/biome ^1.0.0');
  });
});

describe('buildArtifact', () => {
  it('makes the same bytes from the same files, written at another time and in another order', () => {
    const one = folderOf({ 'a.mjs': 'a', 'b/c.mjs': 'c' });
    const other = folderOf({ 'b/c.mjs': 'c', 'a.mjs': 'a' });
    utimesSync(join(other, 'a.mjs'), new Date('2001-01-01'), new Date('2001-01-01'));

    const [today, later] = ['2026-01-01', '2027-01-01'].map((day, index) => {
      vi.setSystemTime(day);
      return buildArtifact(index === 0 ? one : other);
    });

    expect(later).toEqual(today);
  });

  it('makes other bytes when a byte of a file differs', () => {
    expect(buildArtifact(folderOf({ 'a.mjs': 'a' }))).not.toEqual(buildArtifact(folderOf({ 'a.mjs': 'b' })));
  });
});

describe('sayTests', () => {
  it.each([
    ['ℹ tests 14\nℹ fail 0\n', '14 tests passed'],
    ['# tests 3\n# fail 1\nnot ok 2 - adds up\n', '1 of 3 failed: adds up'],
    ['Tests: 2 passed', 'see the build log'],
  ])('summarizes the test output %j as %j', (output, said) => {
    expect(sayTests(output)).toBe(said);
  });
});
