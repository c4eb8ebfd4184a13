import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { fault, headersOf, type Invocation, timedOut } from './invocation.ts';
import type { Outcome } from './types.ts';

/** The settings with which a process starts. */
export interface LaunchPlan {
  readonly environment: Record<string, string>;
  readonly folder: string;
  /** How long the process may take until it asks for its first invocation, in real time. */
  readonly initMs: number;
}

export interface WorkerListener {
  onLine(line: string, requestId: string | undefined): void;
  onExit(): void;
}

const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.mjs', import.meta.url));
const LARGEST_ANSWER = 6 * 1024 * 1024;

interface Running {
  readonly invocation: Invocation;
  readonly settle: (outcome: Outcome) => void;
  readonly lines: string[];
  readonly startedMs: number;
  readonly timer: NodeJS.Timeout;
  /** Set once the answer came; the outcome waits for the mark that ends its log lines. */
  answer?: { payload: string; failed: boolean };
  logged?: boolean;
}

/** One process of one function version: it runs one invocation at a time and is killed when that takes too long. */
export class Worker {
  readonly #process: ChildProcess;
  readonly #listener: WorkerListener;
  readonly #initMs: number;
  #poll: ServerResponse | undefined;
  #waiting: (() => void) | undefined;
  #running: Running | undefined;
  #initError: string | undefined;
  #initTimedOut = false;
  #pending = '';
  dead = false;

  constructor({ environment, folder, initMs }: LaunchPlan, clockMs: number, listener: WorkerListener) {
    this.#listener = listener;
    this.#initMs = initMs;
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', 'pipe'];
    this.#process = spawn(process.execPath, [BOOTSTRAP, String(clockMs)], { cwd: folder, env: environment, stdio });
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#process.on('error', (error) => this.#died(`Error: ${error.message}`));
    this.#process.on('close', (code, signal) => this.#died(`Error: Runtime exited with error: ${signal ?? `exit status ${code}`}`));
  }

  /** Resolves once the process asks for its first invocation, or has died; one that never asks is killed. */
  ready(): Promise<void> {
    if (this.#poll || this.dead) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#initTookTooLong(), this.#initMs);
      this.#waiting = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  run(invocation: Invocation): Promise<Outcome> {
    return new Promise((settle) => {
      // The process lives in real time while virtual time is held, so its timeout is real too.
      const timer = setTimeout(() => this.#timedOut(), invocation.timeoutSeconds * 1000);
      this.#running = { invocation, settle, timer, lines: [], startedMs: performance.now() };
      if (this.dead) this.#finish(this.#endOf(invocation, 'Error: Runtime exited'), true);
      else this.#deliver();
    });
  }

  kill(): void {
    this.dead = true;
    this.#process.kill('SIGKILL');
  }

  /** Handles one request of the process to the Runtime API. */
  serve(path: string, body: string, response: ServerResponse): void {
    if (path.endsWith('/invocation/next')) {
      this.#poll = response;
      this.#waiting?.();
      this.#deliver();
      return;
    }
    if (path.endsWith('/init/error')) this.#initError = body;
    else this.#answered(path, body);
    response.writeHead(202, { 'content-length': '0' }).end();
  }

  /** Hands the invocation over as soon as the process asks for one, which may be after its last answer was given on. */
  #deliver(): void {
    if (!this.#poll || !this.#running) return;
    const { payload } = this.#running.invocation;
    this.#poll.writeHead(200, headersOf(this.#running.invocation)).end(payload);
    this.#poll = undefined;
  }

  #answered(path: string, body: string): void {
    const running = this.#running;
    if (!running || !path.includes(running.invocation.requestId)) return;
    const large = Buffer.byteLength(body) > LARGEST_ANSWER;
    const size = `Response payload size exceeded maximum allowed payload size (${LARGEST_ANSWER} bytes).`;
    running.answer = large
      ? { payload: JSON.stringify({ errorType: 'Function.ResponseSizeTooLarge', errorMessage: size }), failed: true }
      : { payload: body, failed: path.endsWith('/error') };
    this.#finishWhenLogged();
  }

  #finishWhenLogged(): void {
    const { answer, logged } = this.#running ?? {};
    if (answer && logged) this.#finish(answer.payload, answer.failed);
  }

  #finish(payload: string, failed: boolean): void {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    clearTimeout(running.timer);
    running.settle({ payload, failed, durationMs: performance.now() - running.startedMs, logLines: running.lines });
  }

  #timedOut(): void {
    const running = this.#running;
    if (!running) return;
    this.kill();
    this.#finish(timedOut(running.invocation), true);
  }

  #initTookTooLong(): void {
    this.#initTimedOut = true;
    this.kill();
    this.#waiting?.();
  }

  #died(reason: string): void {
    this.dead = true;
    this.#waiting?.();
    this.#listener.onExit();
    if (this.#running) this.#finish(this.#endOf(this.#running.invocation, reason), true);
  }

  /** The reason why a dead process gives no result. */
  #endOf(invocation: Invocation, reason: string): string {
    if (this.#initTimedOut) return timedOut(invocation);
    return this.#initError ?? fault(invocation, 'Runtime.ExitError', reason);
  }

  #read(text: string): void {
    const lines = (this.#pending + text).split('\n');
    this.#pending = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    const running = this.#running;
    if (running && line === `\0${running.invocation.requestId}`) {
      running.logged = true;
      this.#finishWhenLogged();
    } else if (line !== '' && !line.startsWith('\0')) {
      running?.lines.push(line);
      this.#listener.onLine(line, running?.invocation.requestId);
    }
  }
}
