import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const patches = fileURLToPath(new URL('./patches', import.meta.url));

/** A fixed committer, so that the same patches make the same commits on each machine. */
const committer = {
  GIT_COMMITTER_NAME: 'Storefront Team',
  GIT_COMMITTER_EMAIL: 'team@acme.example',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
};

/** Builds the storefront's bare repository from its patches. The commit hashes are the same each time. */
export function createRepository(folder: string): { path: string; headCommit: string } {
  const path = resolve(folder);
  const work = mkdtempSync(join(tmpdir(), 'storefront-'));
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: work,
      env: { PATH: process.env.PATH, ...committer },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  try {
    git('init', '--quiet', '--initial-branch=main');
    git(
      'am',
      '--quiet',
      '--committer-date-is-author-date',
      ...readdirSync(patches)
        .sort()
        .map((patch) => join(patches, patch)),
    );
    rmSync(path, { recursive: true, force: true });
    git('clone', '--quiet', '--bare', '.', path);
    return { path, headCommit: git('rev-parse', 'HEAD').trim() };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
