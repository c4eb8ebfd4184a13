import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Issue } from '#deployment/issue';
import { git, run } from '#fix/jobs/command';
import type { Brief, JobBucket } from '#fix/jobs/job-bucket';
import type { Secrets } from '#platform/secrets.port';
import { createRepository } from '../../../../examples/storefront/repository.ts';

/** The packages that the build image brings. */
export const imageModules = fileURLToPath(new URL('../../../../node_modules', import.meta.url));

const scratch = mkdtempSync(join(tmpdir(), 'sluice-jobs-'));
let folders = 0;

export function freshFolder(): string {
  const folder = join(scratch, String(folders++));
  mkdirSync(folder);
  return folder;
}

export const sweep = () => rmSync(scratch, { recursive: true, force: true });

/** A bucket in memory. */
export class MemoryBucket implements JobBucket {
  readonly objects = new Map<string, Buffer>();
  readonly #brief: Brief;

  constructor(brief: Brief) {
    this.#brief = brief;
  }

  brief = async () => this.#brief;

  async get(name: string): Promise<Buffer> {
    const object = this.objects.get(name);
    if (!object) throw new Error(`no object ${name}`);
    return object;
  }

  async put(name: string, body: string | Uint8Array): Promise<void> {
    this.objects.set(name, Buffer.from(body));
  }

  text = (name: string) => this.objects.get(name)?.toString('utf8') ?? '';
}

export const noSecrets: Secrets = {
  readSecret: (name) => Promise.reject(new Error(`this test keeps no secret ${name}`)),
};

export const storefront = () => createRepository(join(freshFolder(), 'storefront.git'));

/** A bare repository of one commit with these files. */
export function repositoryOf(files: Readonly<Record<string, string>>): string {
  const work = freshFolder();
  git(work, 'init', '--quiet', '--initial-branch=main');
  lay(work, files);
  commitAll(work);
  const bare = join(freshFolder(), 'service.git');
  git(work, 'clone', '--quiet', '--bare', '.', bare);
  return bare;
}

/** The patch that writes these files, as `git diff` prints it; `undefined` removes one. */
export function patchOf(repository: string, files: Readonly<Record<string, string | undefined>>): string {
  const work = freshFolder();
  git(work, 'clone', '--quiet', repository, '.');
  lay(work, files);
  git(work, 'add', '--all', '--force');
  return git(work, 'diff', '--cached', '--full-index', '--binary');
}

/** Pushes a commit to main, as another person would. */
export function pushTo(repository: string, files: Readonly<Record<string, string>>): string {
  const work = freshFolder();
  git(work, 'clone', '--quiet', repository, '.');
  lay(work, files);
  commitAll(work);
  git(work, 'push', '--quiet', 'origin', 'main');
  return git(work, 'rev-parse', 'HEAD').trim();
}

export const show = (repository: string, ...args: string[]) =>
  execFileSync('git', args, { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trimEnd();

/** The issue in an example, without its envelope. */
export const exampleIssue = (file: string): Issue =>
  JSON.parse(readFileSync(new URL(`../../../../examples/issues/${file}`, import.meta.url), 'utf8')).Detail;

export const patchIssue = (patch: string): Issue => ({
  ...exampleIssue('a-failed-check.json'),
  fix: { workflow: 'ready-patch', patch, author: 'ana@acme.example' },
});

export const bumpIssue = (toVersion: string, name = 'minimist'): Issue => ({
  ...exampleIssue('a-failed-check.json'),
  fix: { workflow: 'dependency-bump', ecosystem: 'npm', package: name, toVersion },
});

function lay(work: string, files: Readonly<Record<string, string | undefined>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(work, path);
    mkdirSync(dirname(file), { recursive: true });
    if (text === undefined) rmSync(file);
    else writeFileSync(file, text);
  }
}

function commitAll(work: string): void {
  const who = { NAME: 'Team', EMAIL: 'team@acme.example', DATE: '@1756717200 +0000' };
  const identity = ['AUTHOR', 'COMMITTER'].flatMap((role) => Object.entries(who).map(([part, value]) => [`GIT_${role}_${part}`, value]));
  git(work, 'add', '--all', '--force');
  run('git', ['commit', '--quiet', '--message', 'A state of affairs'], work, Object.fromEntries(identity));
}
