import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PhaseSpec } from './buildspec.ts';

/** The folder and the environment that the phases of one build share. */
export interface Workplace {
  readonly sourceFolder: string;
  /** Outside of the source: the environment and the folder that a phase left, and the command it was at. */
  readonly stateFolder: string;
  readonly logFile: number;
}

export interface PhaseResult {
  readonly exitCode: number;
  readonly failedCommand: string | undefined;
  readonly environment: Record<string, string>;
}

/** A phase that runs; `kill` ends it with everything it has started. */
export interface RunningPhase {
  readonly ended: Promise<PhaseResult>;
  kill(): void;
}

/** Runs the commands of one phase in one shell, as CodeBuild does. The next phase gets its variables and folder. */
export function runPhase(spec: PhaseSpec, environment: Record<string, string>, workplace: Workplace): RunningPhase {
  const { sourceFolder, stateFolder, logFile } = workplace;
  const folder = kept(stateFolder, 'folder') ?? sourceFolder;
  const script = scriptOf(spec, stateFolder);
  const shell = spawn('bash', ['-c', script], {
    cwd: existsSync(folder) ? folder : sourceFolder,
    env: environment,
    detached: true,
    stdio: ['ignore', logFile, logFile, 'pipe'],
  });
  const commands = [...spec.commands, ...spec.finally];
  const ended = exitOf(shell).then((exitCode) => ({
    exitCode,
    failedCommand: exitCode === 0 ? undefined : commands[Number(kept(stateFolder, 'command') ?? 0)],
    environment: environmentFrom(kept(stateFolder, 'environment')) ?? environment,
  }));
  return { ended, kill: () => killGroup(shell) };
}

/**
 * The watcher holds the reading end of a pipe to this process. If this process dies, it ends the phase's process
 * group.
 */
function scriptOf(spec: PhaseSpec, stateFolder: string): string {
  const state = (name: string) => quoted(join(stateFolder, name));
  const numbered = (command: string, index: number) =>
    `echo ${index} >${state('command')}\n${command}\n__status=$?; [ $__status -eq 0 ] || return $__status`;
  const main = spec.commands.map(numbered).join('\n');
  const last = spec.finally.map((command, index) => numbered(command, spec.commands.length + index)).join('\n');
  return `( read -r -u 3 _; kill -KILL 0 ) 2>/dev/null & __watcher=$!; disown; exec 3<&-
__leave() { env -0 >${state('environment')}; pwd >${state('folder')}; kill $__watcher 2>/dev/null; }
trap __leave EXIT
__main() { :
${main}
}
__finally() { :
${last}
}
__main; __outcome=$?
__at=$(cat ${state('command')} 2>/dev/null)
__finally; __last=$?
if [ $__outcome -ne 0 ]; then echo $__at >${state('command')}; exit $__outcome; fi
exit $__last`;
}

const quoted = (path: string) => `'${path.replaceAll("'", `'\\''`)}'`;

const exitOf = (shell: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    shell.on('error', reject);
    shell.on('exit', (code) => resolve(code ?? 137));
  });

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
}

function kept(folder: string, name: string): string | undefined {
  const file = join(folder, name);
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd() : undefined;
}

function environmentFrom(text: string | undefined): Record<string, string> | undefined {
  const variables = text?.split('\0').filter((entry) => entry.includes('='));
  return (
    variables && Object.fromEntries(variables.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]))
  );
}
