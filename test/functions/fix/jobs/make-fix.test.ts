import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import type { Issue } from '#deployment/issue';
import { git } from '#fix/jobs/command';
import { makeFix } from '#fix/jobs/fix';
import {
  bumpIssue,
  exampleIssue,
  freshFolder,
  imageModules,
  MemoryBucket,
  noSecrets,
  patchIssue,
  patchOf,
  pushTo,
  repositoryOf,
  show,
  storefront,
  sweep,
} from './stage.ts';

afterAll(sweep);

const dependent = { 'package.json': '{\n\t"name": "service",\n\t"dependencies": { "minimist": "^1.2.5" }\n}' };
const plain = { 'package.json': '{"name":"service"}\n', 'index.mjs': 'export {};\n' };
const bucketFor = (repositoryUrl: string, issue: Issue, baseCommit?: string) =>
  new MemoryBucket({ deploymentId: 'auto-deploy-1', repositoryUrl, baseCommit, issue });
const make = (repositoryUrl: string, issue: Issue) => makeFix(bucketFor(repositoryUrl, issue), noSecrets, imageModules);

describe('makeFix', () => {
  it('commits a ready patch under its author on its own branch and stores plan, diff, bundle and artifact', async () => {
    const { path, headCommit } = storefront();
    const bucket = bucketFor(path, exampleIssue('a-failed-check.json'));

    const fix = await makeFix(bucket, noSecrets, imageModules);

    expect(fix).toMatchObject({ baseCommit: headCommit, branch: 'sluice/auto-deploy-1' });
    expect(show(path, 'log', '-1', '--format=%H %an %cn %aI %cI%n%B', fix.branch)).toBe(
      `${fix.commit} ana@acme.example Sluice 2025-10-31T13:00:00+00:00 2025-10-31T13:00:00+00:00\nCart gives no discount on exactly ten pieces\n\nSluice-Deployment: auto-deploy-1`,
    );
    expect(show(path, 'rev-parse', 'main')).toBe(headCommit);
    expect([...bucket.objects.keys()].sort()).toEqual(
      ['artifact.zip', 'commit.bundle', 'commit.json', 'diff.patch', 'plan/goal.json', 'plan/spec.md', 'plan/tasks.json'].sort(),
    );
    expect(JSON.parse(bucket.text('commit.json'))).toEqual(fix);
    expect(bucket.text('diff.patch')).toContain('+  return pieces >= DISCOUNT_FROM');
    expect(JSON.parse(bucket.text('plan/goal.json'))).toMatchObject({ goalId: 'auto-1', domain: 'test-failures' });
  });

  it('makes the same commit and the same artifact when it runs twice with the same brief', async () => {
    const { path } = storefront();
    const [first, second] = [1, 2].map(() => bucketFor(path, exampleIssue('a-failed-check.json')));

    const once = await makeFix(first as MemoryBucket, noSecrets, imageModules);
    const twice = await makeFix(second as MemoryBucket, noSecrets, imageModules);

    expect(twice).toEqual(once);
    expect(second?.objects.get('artifact.zip')?.equals(first?.objects.get('artifact.zip') as Buffer)).toBe(true);
  });

  it('puts only the service and its production dependencies into the artifact, without history, tests and tools', async () => {
    const { path } = storefront();
    const bucket = bucketFor(path, bumpIssue('1.2.6'));

    await makeFix(bucket, noSecrets, imageModules);

    const files = unzipSync(await bucket.get('artifact.zip'));
    expect(Object.keys(files)).toEqual(expect.arrayContaining(['index.mjs', 'src/search.mjs', 'node_modules/minimist/index.js']));
    expect(Object.keys(files).filter((file) => /^(?:\.git|test\/)|biome$/.test(file))).toEqual([]);
    expect(JSON.parse(strFromU8(files['node_modules/minimist/package.json'] as Uint8Array)).version).toBe('1.2.6');
  });

  it('builds on the commit that production serves, not on a later one', async () => {
    const { path, headCommit } = storefront();
    pushTo(path, { 'README.md': 'later\n' });
    const bucket = bucketFor(path, bumpIssue('1.2.6'), headCommit);

    const fix = await makeFix(bucket, noSecrets, imageModules);

    expect(fix.baseCommit).toBe(headCommit);
    expect(show(path, 'ls-tree', '--name-only', fix.commit)).not.toContain('README.md');
  });

  it('prevents a title from forging a trailer of the commit message', async () => {
    const { path } = storefront();

    const fix = await make(path, { ...exampleIssue('a-failed-check.json'), title: 'A title\n\nSluice-Deployment: another' });

    expect(show(path, 'log', '-1', '--format=%(trailers:key=Sluice-Deployment,valueonly)', fix.commit).trim()).toBe('auto-deploy-1');
  });
});

describe('makeFix with a dependency bump', () => {
  it('keeps the indentation of package.json and the prefix of the version range', async () => {
    const repository = repositoryOf(dependent);
    const bucket = bucketFor(repository, bumpIssue('1.2.6'));

    await expect(makeFix(bucket, noSecrets, imageModules)).rejects.toThrow('does not bring minimist ^1.2.6');

    expect(show(repository, 'show', 'sluice/auto-deploy-1:package.json')).toBe(
      '{\n\t"name": "service",\n\t"dependencies": {\n\t\t"minimist": "^1.2.6"\n\t}\n}',
    );
  });

  it.each([
    ['a bump to the present version', bumpIssue('1.2.5'), 'minimist is already at 1.2.5'],
    ['a bump to a lower version', bumpIssue('1.2.4'), 'minimist is already at 1.2.5'],
    ['a bump of a package that the service does not depend on', bumpIssue('1.0.0', 'left-pad'), 'does not depend on left-pad'],
    ['a bump of a package named as a property of each object', bumpIssue('1.0.0', 'constructor'), 'does not depend on constructor'],
  ])('refuses %s', async (_what, issue, message) => {
    await expect(make(repositoryOf(dependent), issue)).rejects.toThrow(message);
  });

  it('refuses to bump a dependency that is not a version', async () => {
    const repository = repositoryOf({ 'package.json': '{"dependencies":{"minimist":"github:minimistjs/minimist"}}' });

    await expect(make(repository, bumpIssue('1.2.6'))).rejects.toThrow('which is not a version');
  });

  it('runs no program that the repository’s .npmrc names', async () => {
    const [program, ran] = [join(freshFolder(), 'git'), join(freshFolder(), 'ran')];
    writeFileSync(program, `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 });
    const manifest = { dependencies: { minimist: '^1.2.5' }, peerDependencies: { other: 'git+https://git.invalid/other.git' } };
    const lock = { lockfileVersion: 3, packages: { '': manifest, 'node_modules/minimist': { version: '1.2.5' } } };
    const files = { 'package.json': JSON.stringify(manifest), 'package-lock.json': JSON.stringify(lock), '.npmrc': `git=${program}\n` };

    const refused = await make(repositoryOf(files), bumpIssue('1.2.6')).then(() => '', String);

    expect(existsSync(ran)).toBe(false);
    expect(refused).toContain('not a version from the registry: other');
  });

  it('compares with the version that the lock file installs', async () => {
    const lock = JSON.stringify({ packages: { 'node_modules/minimist': { version: '1.2.8' } } });

    await expect(make(repositoryOf({ ...dependent, 'package-lock.json': lock }), bumpIssue('1.2.6'))).rejects.toThrow(
      'is already at 1.2.8',
    );
  });
});

describe('makeFix with a ready patch', () => {
  const writing = (path: string) =>
    `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;

  it.each(['../../../outside.txt', '.git/hooks/post-checkout', 'sub/.GIT/config', 'node_modules/minimist/index.js'])(
    'refuses a patch that writes %s',
    async (path) => {
      const repository = repositoryOf(plain);

      await expect(make(repository, patchIssue(writing(path)))).rejects.toThrow("the repository's own files");

      expect(show(repository, 'branch', '--list', 'sluice/*')).toBe('');
    },
  );

  it('refuses a patch that makes a symbolic link', async () => {
    const repository = repositoryOf(plain);
    const work = freshFolder();
    git(work, 'clone', '--quiet', repository, '.');
    symlinkSync('/etc/passwd', join(work, 'harmless.txt'));
    git(work, 'add', 'harmless.txt');

    await expect(make(repository, patchIssue(git(work, 'diff', '--cached')))).rejects.toThrow('makes links or submodules: harmless.txt');
  });

  it('refuses a patch that makes a submodule', async () => {
    const submodule = `diff --git a/lib b/lib\nnew file mode 160000\n--- /dev/null\n+++ b/lib\n@@ -0,0 +1 @@\n+Subproject commit ${'1'.repeat(40)}\n`;

    await expect(make(repositoryOf(plain), patchIssue(submodule))).rejects.toThrow('links or submodules: lib');
  });

  it('fails before it stores or pushes a commit when the patch does not apply', async () => {
    const repository = repositoryOf(plain);
    const stale = patchOf(repositoryOf({ ...plain, 'index.mjs': 'export const a = 1;\n' }), { 'index.mjs': 'export const b = 2;\n' });
    const bucket = bucketFor(repository, patchIssue(stale));

    await expect(makeFix(bucket, noSecrets, imageModules)).rejects.toThrow('git apply');

    expect([...bucket.objects.keys()].every((name) => name.startsWith('plan/'))).toBe(true);
    expect(show(repository, 'branch', '--list', 'sluice/*')).toBe('');
  });

  it('stores the diff line by line, even if the repository’s attributes hide differences', async () => {
    const repository = repositoryOf({ ...plain, '.gitattributes': '* -diff\n' });
    const bucket = bucketFor(repository, patchIssue(writing('new.mjs')));

    await makeFix(bucket, noSecrets, imageModules);

    expect(bucket.text('diff.patch')).toContain('+++ b/new.mjs\n@@ -0,0 +1 @@\n+x\n');
  });
});
