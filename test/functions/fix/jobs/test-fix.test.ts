import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { Issue } from '#deployment/issue';
import { makeFixBuildspec, testFixBuildspec } from '#fix/jobs/buildspecs';
import { type CheckSummary, checkNames, checkOut, exitStatus, type FixCheckName, runCheck } from '#fix/jobs/checks';
import { makeFix } from '#fix/jobs/fix';
import { phaseOfCheck } from '#fix/validation-report';
import {
  exampleIssue,
  freshFolder,
  imageModules,
  MemoryBucket,
  noSecrets,
  patchIssue,
  patchOf,
  repositoryOf,
  storefront,
  sweep,
} from './stage.ts';

afterAll(sweep);
afterEach(() => vi.unstubAllEnvs());

/** Makes the fix and checks it out as the test build does. */
async function laidOut(repositoryUrl: string, issue: Issue): Promise<string> {
  const bucket = new MemoryBucket({ deploymentId: 'auto-deploy-1', repositoryUrl, issue });
  await makeFix(bucket, noSecrets, imageModules);
  const work = freshFolder();
  await checkOut(work, bucket, imageModules);
  return work;
}

const check = (name: FixCheckName, work: string): CheckSummary => runCheck(name, work, imageModules);
const verdicts = (work: string) => Object.fromEntries(checkNames.map((name) => [name, check(name, work).verdict]));

const service = {
  'package.json': '{"type":"module","scripts":{"test":"node --test","lint":"node --check index.mjs"}}',
  'index.mjs': 'export const x = 1;\n',
};
const credential =
  "export const key = { accessKeyId: 'AKIAIOSFODNN7EXAMPLQ', secretAccessKey: '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' };\n";
const adding = (files: Record<string, string>) => {
  const repository = repositoryOf(service);
  return laidOut(repository, patchIssue(patchOf(repository, files)));
};

describe('runCheck', () => {
  it('passes each check for a good fix', async () => {
    const work = await laidOut(storefront().path, exampleIssue('a-failed-check.json'));

    const summaries = checkNames.map((name) => check(name, work));

    expect(summaries).toEqual([
      { check: 'credential-scan', verdict: 'Successful', detail: 'nothing found' },
      { check: 'phi-scan', verdict: 'Successful', detail: 'nothing found' },
      { check: 'code-quality', verdict: 'Successful', detail: expect.stringContaining('Checked') },
      { check: 'tests', verdict: 'Successful', detail: '9 tests passed' },
    ]);
  });

  it('names the tests that a fix breaks, and passes the other checks', async () => {
    const work = await laidOut(storefront().path, exampleIssue('bad/failing-tests.json'));

    expect(verdicts(work)).toEqual({
      'credential-scan': 'Successful',
      'phi-scan': 'Successful',
      'code-quality': 'Successful',
      tests: 'Failed',
    });
    expect(check('tests', work).detail).toBe('1 of 8 failed: takes ten percent off large orders');
  });

  it('fails when the repository’s own linter finds something', async () => {
    const work = await adding({ 'index.mjs': 'export const = 1;\n' });

    expect(check('code-quality', work)).toMatchObject({ verdict: 'Failed' });
  });

  it('finds a credential and never repeats it', async () => {
    const work = await laidOut(storefront().path, exampleIssue('bad/leaks-credential.json'));

    const summary = check('credential-scan', work);

    expect(summary).toMatchObject({ verdict: 'Failed', detail: expect.stringMatching(/secretlint-rule-\w+ in src\/upload\.mjs:2/) });
    expect(JSON.stringify(summary)).not.toMatch(/wJalr|AKIA/);
    expect(check('phi-scan', work).verdict).toBe('Successful');
  });

  it('finds a patient and never repeats the data', async () => {
    const work = await laidOut(storefront().path, exampleIssue('bad/phi.json'));

    const summary = check('phi-scan', work);

    expect(summary).toMatchObject({ verdict: 'Failed', detail: expect.stringContaining('social-security-number in src/sample.mjs:2') });
    expect(summary.detail).not.toMatch(/4399|1961|Roe/);
    expect(check('credential-scan', work).verdict).toBe('Successful');
  });

  it.each([
    ['a comment that switches the scanner off', { 'key.mjs': `// secretlint-disable\n${credential}` }, 'key.mjs:2'],
    ['a file that names what the scanner ignores', { '.secretlintignore': '**\n', 'key.mjs': credential }, 'key.mjs:1'],
    ['a folder that begins with a dot', { '.storybook/key.mjs': credential }, '.storybook/key.mjs:1'],
    ['a name that is a glob', { 'routes/[id].mjs': credential }, 'routes/[id].mjs:1'],
    ['a name that is an option', { '--output=x': credential }, '--output=x:1'],
    ['a file that git ignores', { '.gitignore': 'key.mjs\n', 'key.mjs': credential }, 'key.mjs:1'],
  ])('finds a credential behind %s', async (_what, files, place) => {
    const work = await adding(files as Record<string, string>);

    expect(check('credential-scan', work)).toMatchObject({ verdict: 'Failed', detail: expect.stringContaining(place) });
  });

  it('finds a patient in a folder with a name that begins like git’s own', async () => {
    const work = await adding({ '.gitlab/sample.txt': 'ssn: 536-90-4399\n' });

    expect(check('phi-scan', work)).toMatchObject({ verdict: 'Failed', detail: 'social-security-number in .gitlab/sample.txt:1' });
  });

  it('returns Inconclusive when a check cannot run, and says what to do', async () => {
    const repository = repositoryOf({ 'package.json': '{}', 'index.mjs': '' });
    const work = await laidOut(repository, patchIssue(patchOf(repository, { 'index.mjs': 'export {};\n' })));
    rmSync(join(work, 'scanner/node_modules'));

    expect(verdicts(work)).toEqual({
      'credential-scan': 'Inconclusive',
      'phi-scan': 'Successful',
      'code-quality': 'Inconclusive',
      tests: 'Inconclusive',
    });
    expect(check('tests', work).detail).toBe('could not run: package.json has no script "test"; add one');
  });

  it.each([
    ['left files out', '[]'],
    ['printed no report', ''],
  ])('returns Inconclusive when the scanner %s', async (what, printed) => {
    const work = await adding({ 'new.mjs': 'export {};\n' });
    const cli = join(work, 'scanner/node_modules/secretlint/bin/secretlint.js');
    rmSync(join(work, 'scanner/node_modules'));
    mkdirSync(dirname(cli), { recursive: true });
    writeFileSync(cli, `process.stdout.write(${JSON.stringify(printed)})`);

    expect(check('credential-scan', work)).toMatchObject({
      verdict: 'Inconclusive',
      detail: expect.stringContaining(what.replace(' files', '')),
    });
  });

  it('hides the job’s credentials from the code that it tests', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'the-jobs-own');
    vi.stubEnv('BUCKET', 'artifacts');
    const spying =
      "import { test } from 'node:test';\ntest('sees nothing', () => { if (process.env.AWS_SECRET_ACCESS_KEY || process.env.BUCKET) throw new Error('seen'); });\n";

    const work = await adding({ 'spy.test.mjs': spying });

    expect(check('tests', work)).toMatchObject({ verdict: 'Successful', detail: '1 tests passed' });
  });
});

describe('testFixBuildspec', () => {
  const { phases } = testFixBuildspec;
  const stepsOf = (phase: string) => phases[phase]?.commands?.map((command) => command.split(' ').at(-1)) ?? [];

  it('runs each check in the phase from which the validation report reads it', () => {
    const told = Object.entries(phaseOfCheck).map(([name, phase]) => [name, stepsOf(phase.toLowerCase()).includes(name)]);

    expect(told).toEqual(checkNames.map((name) => [name, true]));
  });

  it('ends both scans before the first command that runs code of the repository', () => {
    const steps = ['install', 'pre_build', 'build', 'post_build'].flatMap(stepsOf);

    expect(steps).toEqual(['checkout', 'credential-scan', 'phi-scan', 'code-quality', 'tests']);
    expect(Object.values(makeFixBuildspec.phases).flatMap(({ commands = [] }) => commands)).toHaveLength(1);
  });

  it('gives each verdict its own exit status', () => {
    expect(exitStatus).toEqual({ Successful: 0, Failed: 1, Inconclusive: 2 });
  });
});
