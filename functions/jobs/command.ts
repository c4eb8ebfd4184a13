import { execFileSync } from 'node:child_process';

/** Runs a program without a shell and answers what it printed; throws with its own words when it fails. */
export function run(program: string, args: readonly string[], cwd: string, variables: Readonly<Record<string, string>> = {}): string {
  return execFileSync(program, args, {
    cwd,
    env: { ...process.env, ...quietGit, ...variables },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Whatever git is configured to do on this machine must not change what a job makes. */
const quietGit = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };

export const git = (cwd: string, ...args: string[]): string => run('git', args, cwd);
