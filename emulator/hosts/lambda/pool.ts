import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError } from '../host.ts';
import type { Invocation } from './invocation.ts';
import type { FunctionVersion, Outcome } from './types.ts';
import { type LaunchPlan, Worker } from './worker.ts';

/** The facts that the pool needs about the functions that it runs. */
export interface PoolOptions {
  launch(version: FunctionVersion): LaunchPlan;
  nowMs(): number;
  onLine(version: FunctionVersion, line: string, requestId: string | undefined): void;
}

interface Idle {
  readonly worker: Worker;
  readonly reaper: NodeJS.Timeout;
}

const IDLE_MS = 60_000;
/** Starting a process costs 50 ms of one core. A burst of calls shares the processes that start. */
const MOST_STARTING = 4;

/** The processes of all functions: started on demand, reused one invocation at a time, reaped when idle. */
export class Pool {
  readonly #workers = new Map<string, Worker>();
  readonly #idle = new Map<string, Idle[]>();
  readonly #queues = new Map<string, ((worker: Worker | undefined) => void)[]>();
  readonly #starting = new Map<string, number>();
  readonly #options: PoolOptions;
  readonly #server: Server;
  #address: Promise<string> | undefined;
  #stopped = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
  }

  async run(version: FunctionVersion, invocation: Invocation): Promise<Outcome> {
    const key = keyOf(version);
    const worker = await this.#take(key, version);
    if (!worker) throw new ApiError('ServiceException', 'The machine is being stopped', 500);
    const outcome = await worker.run({ ...invocation, clockMs: this.#options.nowMs() });
    this.#giveBack(key, worker, version);
    return outcome;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const waiting of [...this.#queues.values()].flatMap((queue) => queue.splice(0))) waiting(undefined);
    for (const worker of this.#workers.values()) worker.kill();
    for (const { reaper } of [...this.#idle.values()].flat()) clearTimeout(reaper);
    if (!this.#address) return;
    await this.#address;
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Ends the idle processes of a function after its code or configuration changed. */
  retire(name: string): void {
    for (const [key, idle] of this.#idle) {
      if (!key.startsWith(`${name}:`)) continue;
      for (const { worker, reaper } of idle) {
        clearTimeout(reaper);
        worker.kill();
      }
      this.#idle.delete(key);
    }
  }

  #take(key: string, version: FunctionVersion): Promise<Worker | undefined> {
    if (this.#stopped) return Promise.resolve(undefined);
    const idle = this.#idle.get(key)?.pop();
    if (idle) {
      clearTimeout(idle.reaper);
      if (!idle.worker.dead) return Promise.resolve(idle.worker);
      return this.#take(key, version);
    }
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    const taken = new Promise<Worker | undefined>((resolve) => queue.push(resolve));
    this.#startMore(key, version);
    return taken;
  }

  #startMore(key: string, version: FunctionVersion): void {
    const starting = this.#starting.get(key) ?? 0;
    if (this.#stopped || starting >= Math.min(MOST_STARTING, this.#queues.get(key)?.length ?? 0)) return;
    this.#starting.set(key, starting + 1);
    void this.#start(version).then((worker) => {
      this.#starting.set(key, (this.#starting.get(key) ?? 1) - 1);
      this.#giveBack(key, worker, version, true);
    });
    this.#startMore(key, version);
  }

  /** A process that died while it started goes to a caller all the same, who learns why from it. */
  #giveBack(key: string, worker: Worker, version: FunctionVersion, started = false): void {
    const alive = !worker.dead && !this.#stopped;
    const next = alive || started ? this.#queues.get(key)?.shift() : undefined;
    if (next) next(worker);
    else if (alive) this.#keep(key, worker);
    this.#startMore(key, version);
  }

  #keep(key: string, worker: Worker): void {
    const idle = this.#idle.get(key) ?? [];
    const entry: Idle = { worker, reaper: setTimeout(() => this.#reap(key, worker), IDLE_MS).unref() };
    this.#idle.set(key, [...idle, entry]);
  }

  #reap(key: string, worker: Worker): void {
    this.#idle.set(
      key,
      (this.#idle.get(key) ?? []).filter((entry) => entry.worker !== worker),
    );
    worker.kill();
  }

  async #start(version: FunctionVersion): Promise<Worker> {
    const id = randomUUID();
    const { launch, nowMs, onLine } = this.#options;
    const { environment, ...plan } = launch(version);
    this.#address ??= this.#listen();
    const api = { AWS_LAMBDA_RUNTIME_API: `${await this.#address}/${id}` };
    const worker = new Worker({ ...plan, environment: { ...environment, ...api } }, nowMs(), {
      onLine: (line, requestId) => onLine(version, line, requestId),
      onExit: () => this.#workers.delete(id),
    });
    this.#workers.set(id, worker);
    if (this.#stopped) worker.kill();
    await worker.ready();
    return worker;
  }

  async #listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id = ''] = (request.url ?? '').split('/');
    const worker = this.#workers.get(id);
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (worker) worker.serve(request.url ?? '', Buffer.concat(chunks).toString('utf8'), response);
    else response.writeHead(403, { 'content-length': '0' }).end();
  }
}

const keyOf = ({ name, version, codeSha256, revisionId }: FunctionVersion) => `${name}:${version}:${codeSha256}:${revisionId}`;
