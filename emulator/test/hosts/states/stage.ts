import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock } from '../../../clock/clock.ts';
import { errorReply } from '../../../endpoint/error-reply.ts';
import type { Occurrence } from '../../../hosts/events/event.ts';
import { ApiError, type ApiReply, type Host, type HostContext } from '../../../hosts/host.ts';
import { hostStepFunctions } from '../../../hosts/states/step-functions.ts';

export const START = Date.parse('2026-01-01T00:00:00Z');
const ROLE = 'arn:aws:iam::000000000000:role/machine';

// biome-ignore lint/suspicious/noExplicitAny: payloads and answers of the wire
type Wire = any;
export type Functions = Record<string, (payload: Wire) => unknown>;
type Request = Parameters<HostContext['call']>[1];

/** An error that a Lambda function throws by name. */
export class FunctionError extends Error {
  constructor(name: string, message = name) {
    super(message);
    this.name = name;
  }
}

/** An engine alone on a virtual clock; its Lambda functions are functions of the test, its other services too. */
export class Stage {
  readonly clock: VirtualClock;
  readonly folder: string;
  readonly calls: { readonly request: Request; readonly caller: string; readonly atMs: number }[] = [];
  readonly published: Occurrence[] = [];
  readonly logged: string[] = [];
  readonly #functions: Functions;
  readonly #services: Record<string, (request: Request) => Wire>;
  readonly #options: Partial<StageOptions>;
  readonly #waiting = new Map<string, () => void>();
  #host: Host;

  constructor(options: Partial<StageOptions> = {}) {
    this.#options = options;
    this.#functions = options.functions ?? {};
    this.#services = options.services ?? {};
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), 'stage-'));
    this.clock = new VirtualClock(options.startMs ?? START);
    this.#host = this.#newHost();
  }

  /** Stops this engine in the middle of its work and returns another one over the same folder. */
  async crash(more: Partial<StageOptions> = {}): Promise<Stage> {
    await this.stop();
    const after = new Stage({
      functions: this.#functions,
      services: this.#services,
      startMs: this.clock.nowMs(),
      ...more,
      folder: this.folder,
    });
    await after.#host.start();
    return after;
  }

  /** Resumes the work that the last engine over this folder left. */
  resume(): Promise<void> {
    return this.#host.start();
  }

  stop(): Promise<void> {
    return this.#host.stop();
  }

  async api(operation: string, request: object = {}): Promise<Wire> {
    const reply = await this.#dispatch({ service: 'states', operation, body: JSON.stringify(request) }, ROLE);
    const answer = JSON.parse(String(reply.body));
    if (reply.status >= 400) throw new ApiError(answer.__type, answer.message);
    return answer;
  }

  /** Creates a machine in JSONata and answers its ARN. */
  async create(definition: object, name = 'machine'): Promise<string> {
    const text = JSON.stringify({ QueryLanguage: 'JSONata', ...definition });
    return (await this.api('CreateStateMachine', { name, definition: text, roleArn: ROLE })).stateMachineArn;
  }

  async start(machine: string | object, input: unknown = {}, name?: string): Promise<string> {
    const stateMachineArn = typeof machine === 'string' ? machine : await this.create(machine);
    return (await this.api('StartExecution', { stateMachineArn, input: JSON.stringify(input), name })).executionArn;
  }

  /** Lets time run until an execution has ended, and describes it. */
  async end(executionArn: string): Promise<Wire> {
    const ended = new Promise<void>((resolve) => this.#waiting.set(executionArn, resolve));
    const described = await this.api('DescribeExecution', { executionArn });
    if (described.status !== 'RUNNING') return described;
    await this.clock.runUntil(ended);
    return await this.api('DescribeExecution', { executionArn });
  }

  async run(machine: string | object, input: unknown = {}): Promise<Wire> {
    return await this.end(await this.start(machine, input));
  }

  /** Lets an amount of virtual time pass. */
  async pass(seconds: number): Promise<void> {
    await this.clock.runUntil(new Promise<void>((resolve) => this.clock.at(this.clock.nowMs() + 1000 * seconds, resolve)));
  }

  async history(executionArn: string): Promise<Wire[]> {
    return (await this.api('GetExecutionHistory', { executionArn, maxResults: 1000 })).events;
  }

  async eventTypes(executionArn: string): Promise<string[]> {
    return (await this.history(executionArn)).map(({ type }) => type);
  }

  #newHost(): Host {
    const context: HostContext = {
      clock: this.clock,
      region: 'us-east-1',
      account: '000000000000',
      dataDir: this.folder,
      endpoint: 'http://127.0.0.1:0',
      credentialsFor: () => ({ accessKeyId: '', secretAccessKey: '', sessionToken: '' }),
      assetPath: (key) => key,
      call: (caller, request) => this.#call(caller, request),
      log: (line) => void this.logged.push(line),
    };
    return hostStepFunctions(context, { publish: (occurrence) => this.#onPublished(occurrence) });
  }

  #onPublished(occurrence: Occurrence): void {
    if (this.#options.busIsDown) throw new Error('the bus is down');
    this.published.push(occurrence);
    const { executionArn, status } = occurrence.detail;
    if (status !== 'RUNNING') this.#waiting.get(String(executionArn))?.();
  }

  async #call(caller: string, request: Request): Promise<ApiReply> {
    this.calls.push({ request, caller, atMs: this.clock.nowMs() });
    const { service, body = '' } = request;
    if (service === 'states') return await this.#toItself(request, caller);
    if (service === 'lambda') return await this.#invoke(request, body === '' ? undefined : JSON.parse(body));
    const answer = this.#services[service]?.(request);
    return { status: 200, headers: { 'x-amzn-requestid': 'request' }, body: JSON.stringify(await answer) };
  }

  async #toItself(request: Request, caller: string): Promise<ApiReply> {
    const reply = await this.#dispatch(request, caller);
    return this.#options.losesReplies ? await new Promise<never>(() => undefined) : reply;
  }

  async #invoke({ path = '' }: Request, payload: Wire): Promise<ApiReply> {
    const name = decodeURIComponent(path).split('/')[3]?.split(':').at(-1) ?? '';
    const handler = this.#functions[name];
    if (!handler)
      return {
        status: 404,
        headers: { 'x-amzn-errortype': 'ResourceNotFoundException' },
        body: JSON.stringify({ Message: `Function not found: ${name}` }),
      };
    try {
      return { status: 200, headers: { 'x-amz-executed-version': '$LATEST' }, body: JSON.stringify((await handler(payload)) ?? null) };
    } catch (thrown) {
      const { name: errorType, message: errorMessage } = thrown as Error;
      return { status: 200, headers: { 'x-amz-function-error': 'Unhandled' }, body: JSON.stringify({ errorType, errorMessage }) };
    }
  }

  async #dispatch({ operation = '', headers = {}, body = '' }: Request, caller: string): Promise<ApiReply> {
    const call = {
      signingName: 'states',
      operation,
      caller: { arn: caller },
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers,
      body: Buffer.from(body),
    };
    try {
      return await this.#host.handle(call);
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      return errorReply(call, thrown);
    }
  }
}

export interface StageOptions {
  readonly functions: Functions;
  readonly services: Record<string, (request: Request) => Wire>;
  readonly folder: string;
  readonly startMs: number;
  /** Calls of the engine to itself take effect, and their answers never arrive. */
  readonly losesReplies: boolean;
  readonly busIsDown: boolean;
}

/** A Task state that invokes a function of the stage. */
export const invoke = (name: string, more: object = { End: true }) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: name, Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  ...more,
});

/** A Task state that gives a function of the stage its token and waits. */
export const ask = (name: string, more: object = { End: true }) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Arguments: { FunctionName: name, Payload: { token: '{% $states.context.Task.Token %}' } },
  ...more,
});

/** A machine of one state. */
export const only = (state: object, more: object = {}, name = 'Only') => ({ StartAt: name, States: { [name]: state }, ...more });
