import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ContainerDefinition } from './properties.ts';

export interface Launch {
  readonly container: ContainerDefinition;
  readonly folder: string;
  readonly environment: Record<string, string>;
  onLine(line: string): void;
  onExit(reason: string): void;
}

const LIFELINE = fileURLToPath(new URL('./lifeline.mjs', import.meta.url));
const SLOWEST_START_MS = 10_000;

/** One process of a task's container. It listens on `$PORT`, because local tasks share one address. */
export class TaskProcess {
  readonly port: number;
  readonly #process: ChildProcess;
  #exited = false;

  private constructor(port: number, { container, folder, environment, onLine, onExit }: Launch) {
    this.port = port;
    const [program, ...args] = [...container.entryPoint, ...container.command];
    if (program !== 'node') throw new Error(`CannotStartContainerError: only node is hosted as a command, not ${program}`);
    const env = { ...environment, PORT: String(port) };
    this.#process = spawn(process.execPath, ['--import', LIFELINE, ...args], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) readLines(stream, onLine);
    this.#process.once('close', (code, signal) => {
      this.#exited = true;
      onExit(`Essential container in task exited (${signal ?? code})`);
    });
  }

  /** Starts the process. Resolves when its port is open, it has exited, or it takes too long in real time. */
  static async start(launch: Launch): Promise<TaskProcess> {
    const task = new TaskProcess(await freePort(), launch);
    const deadline = performance.now() + SLOWEST_START_MS;
    while (!task.#exited && performance.now() < deadline && !(await isOpen(task.port))) await pause(10);
    return task;
  }

  get exited(): boolean {
    return this.#exited;
  }

  terminate(): void {
    this.#process.kill('SIGTERM');
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}

function readLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let pending = '';
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (pending + text).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(line);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
