import { seededRandom } from '../../clock/seeded-random.ts';
import { ApiError, type Host, type HostContext } from '../host.ts';
import { AsyncEvents } from './async-events.ts';
import { Background } from './background.ts';
import { CodeFolders } from './code.ts';
import { EventSources } from './event-sources.ts';
import { Invoker } from './invoker.ts';
import { Logs } from './logs.ts';
import { OPERATIONS } from './operations.ts';
import { RESOURCES } from './resources.ts';
import { route } from './routes.ts';
import type { LambdaService } from './service.ts';
import { FunctionStore } from './store.ts';
import { TaskRoots } from './task-roots.ts';
import type { Metrics } from './types.ts';
import { Versions } from './versions.ts';

/** The host of functions. Queues and streams wake it when they have something for a function. */
export interface LambdaHost extends Host {
  wake(eventSourceArn: string): void;
  /** Everything that a function has written, one string per line. */
  logLines(functionName: string): string[];
}

export interface LambdaOptions {
  readonly metrics: Metrics;
  /** Decides which version of a weighted alias answers; the same seed draws the same versions. */
  readonly seed?: number;
  /** Calls the listener whenever a stream may have new records; returns a function that stops it. */
  readonly onStreamRecord?: (streamArn: string, listener: () => void) => () => void;
}

const NEVER = () => () => undefined;

/** Hosts `AWS::Lambda::*` and the Lambda API: one process per concurrent invocation. */
export function hostLambda(context: HostContext, { metrics, seed = 1, onStreamRecord = NEVER }: LambdaOptions): LambdaHost {
  const logs = new Logs(context.dataDir);
  const service = serviceOf(context, logs, metrics, seed);
  const sources = new EventSources(service, onStreamRecord);
  let stopped = false;
  const creators = Object.entries(RESOURCES).map(([type, create]) => [
    type,
    async (resource: Parameters<typeof create>[1]) => create(service, resource),
  ]);
  return {
    signingNames: ['lambda'],
    resources: { ...Object.fromEntries(creators), 'AWS::Lambda::EventSourceMapping': async (resource) => sources.create(resource) },
    async handle(call) {
      const { operation, request } = route(call);
      const perform = OPERATIONS[operation];
      if (!perform) throw new ApiError('UnknownOperationException', `Lambda ${operation} is not supported locally`, 404);
      const reply = await perform(service, request);
      return stopped ? unanswered() : reply;
    },
    async start() {
      service.events.resume();
      sources.start();
    },
    async stop() {
      stopped = true;
      sources.stop();
      service.events.stop();
      await service.invoker.pool.stop();
      await service.background.settled();
      logs.close();
      service.store.file.close();
    },
    wake: (eventSourceArn) => sources.wake(eventSourceArn),
    logLines: (functionName) => logs.lines(functionName).map(({ message }) => message),
  };
}

/** A stopping machine sends no reply: a caller would record it as the failure of interrupted work. */
const unanswered = () => new Promise<never>(() => undefined);

function serviceOf(context: HostContext, logs: Logs, metrics: Metrics, seed: number): LambdaService {
  const store = new FunctionStore(context.dataDir, context.endpoint);
  const code = new CodeFolders(context.dataDir);
  const taskRoots = new TaskRoots(context.dataDir, context.log);
  const versions = new Versions(store, context);
  const invoker = new Invoker({
    context,
    versions,
    logs,
    metrics,
    random: seededRandom(seed),
    aliasOf: (name, qualifier) => store.alias(name, qualifier),
    taskRootOf: (codeSha256) => taskRoots.copyOf(code.folderOf(codeSha256)),
  });
  const background = new Background(context.clock);
  const events = new AsyncEvents(context, { store, versions, invoker, background });
  return { context, store, code, versions, invoker, events, background };
}
