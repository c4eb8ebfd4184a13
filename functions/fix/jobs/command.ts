import { spawnSync } from 'node:child_process';

export type Run = (program: string, args: readonly string[], cwd: string, variables?: Readonly<Record<string, string>>) => string;

/** Runs a program without a shell; returns its output and whether it passed. If it cannot start, throws. */
export function attempt(program: string, args: readonly string[], cwd: string, variables: Readonly<Record<string, string>> = {}) {
  const env = { ...harmless(), ...quietGit, ...variables };
  const ran = spawnSync(program, args, { cwd, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'pipe'] });
  if (ran.error) throw ran.error;
  return { passed: ran.status === 0, status: ran.status, printed: ran.stdout, output: `${ran.stdout}\n${ran.stderr}` };
}

/** Runs a program that must pass and returns its output. If it fails, throws with its last five lines. */
export const run: Run = (program, args, cwd, variables) => {
  const { passed, status, printed, output } = attempt(program, args, cwd, variables);
  if (!passed)
    throw new Error(`${program} ${args[0]} ended with ${status ?? 'a signal'}: ${output.trim().split('\n').slice(-5).join('\n')}`);
  return printed;
};

/** The only variables that a child gets: repository code and its `.npmrc` must not see the job's credentials. */
const passedOn = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'CI', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS'];
export const harmless = () => Object.fromEntries(passedOn.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));

/** The configuration of git on this machine must not change what a job makes. */
const quietGit = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };

export const git = (cwd: string, ...args: string[]): string => run('git', args, cwd);
