import { randomUUID } from 'node:crypto';
import { ApiError, type HostContext } from '../host.ts';
import { countEmbedded } from './emf.ts';
import type { Logs } from './logs.ts';
import { functionArn, parseName } from './names.ts';
import { Pool } from './pool.ts';
import type { Alias, FunctionVersion, Metrics, Outcome } from './types.ts';
import { LATEST, type Versions } from './versions.ts';

/** AWS gives the first start ten seconds, and a second start the function's timeout. One start gets both here. */
const INIT_MS = 10_000;

export interface InvokerParts {
  readonly context: HostContext;
  readonly versions: Versions;
  readonly aliasOf: (name: string, qualifier: string) => Alias | undefined;
  /** Returns a folder with this code that a process may run in. */
  readonly taskRootOf: (codeSha256: string) => string;
  readonly logs: Logs;
  readonly metrics: Metrics;
  /** Draws from [0, 1): which version of a weighted alias answers. */
  readonly random: () => number;
}

/** Runs functions: chooses the version, runs it in a process, and counts what happened. */
export class Invoker {
  readonly #parts: InvokerParts;
  readonly #inFlight = new Map<string, number>();
  readonly pool: Pool;

  constructor(parts: InvokerParts) {
    this.#parts = parts;
    const { context, logs, metrics, taskRootOf } = parts;
    this.pool = new Pool({
      nowMs: () => context.clock.nowMs(),
      launch: (version) => {
        const folder = taskRootOf(version.codeSha256);
        return { folder, environment: environmentOf(version, folder, context), initMs: INIT_MS + version.configuration.Timeout * 1000 };
      },
      onLine: ({ name, version }, message, requestId) => {
        const nowMs = context.clock.nowMs();
        logs.append(name, { timestamp: new Date(nowMs).toISOString(), version, requestId, message });
        countEmbedded(message, nowMs, metrics);
      },
    });
  }

  /** Draws the version that answers a call of this name. */
  choose(name: string, qualifier: string = LATEST): FunctionVersion {
    const { aliasOf, versions, random } = this.#parts;
    const alias = aliasOf(name, qualifier);
    const [second] = Object.entries(alias?.weights ?? {});
    const drawn = second && random() < second[1] ? second[0] : (alias?.version ?? qualifier);
    const version = versions.find(name, drawn);
    if (!version.created || !versions.isBusy(version)) return version;
    const message = 'The operation cannot be performed at this time. The function is currently in the following state: Pending';
    throw new ApiError('ResourceConflictException', message, 409);
  }

  /** Runs the version behind this name. */
  run(nameOrArn: string, payload: string, requestId: string = randomUUID()): Promise<Outcome> {
    const { name, qualifier } = parseName(nameOrArn);
    return this.runOn(this.choose(name, qualifier), qualifier, payload, requestId);
  }

  /** Runs one invocation to its end; virtual time stands still meanwhile. */
  async runOn(version: FunctionVersion, qualifier: string | undefined, payload: string, requestId: string): Promise<Outcome> {
    const { context } = this.#parts;
    const { name } = version;
    this.#admit(version);
    const release = context.clock.hold(`function ${name}`);
    const arn = functionArn(context, name, qualifier);
    const startedMs = context.clock.nowMs();
    try {
      const timeoutSeconds = version.configuration.Timeout;
      const outcome = await this.pool.run(version, { requestId, arn, payload, clockMs: startedMs, timeoutSeconds });
      this.#count(version, qualifier, outcome, startedMs);
      return outcome;
    } finally {
      this.#inFlight.set(name, (this.#inFlight.get(name) ?? 1) - 1);
      release();
    }
  }

  #admit({ name, configuration }: FunctionVersion): void {
    const inFlight = this.#inFlight.get(name) ?? 0;
    const most = configuration.ReservedConcurrency ?? Number.POSITIVE_INFINITY;
    if (inFlight >= most) {
      const fields = { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' };
      throw new ApiError('TooManyRequestsException', 'Rate Exceeded.', 429, fields);
    }
    this.#inFlight.set(name, inFlight + 1);
  }

  #count({ name, version }: FunctionVersion, qualifier: string | undefined, outcome: Outcome, atMs: number): void {
    const resource = { FunctionName: name, Resource: qualifier ? `${name}:${qualifier}` : name };
    const weighted = qualifier && qualifier !== version ? [{ ...resource, ExecutedVersion: version }] : [];
    const counted = { Invocations: 1, Errors: outcome.failed ? 1 : 0, Duration: outcome.durationMs };
    for (const dimensions of [{ FunctionName: name }, resource, ...weighted])
      for (const [metric, value] of Object.entries(counted))
        this.#parts.metrics.put({ namespace: 'AWS/Lambda', name: metric, dimensions, values: [value], atMs });
  }
}

/** The environment of a function's process. It has only the path of the host's own environment. */
function environmentOf({ name, version, configuration }: FunctionVersion, folder: string, context: HostContext): Record<string, string> {
  const { region, endpoint, credentialsFor } = context;
  const { accessKeyId, secretAccessKey, sessionToken } = credentialsFor(configuration.Role);
  return {
    PATH: process.env.PATH ?? '',
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    ...configuration.Environment,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_ENDPOINT_URL: endpoint,
    AWS_EXECUTION_ENV: `AWS_Lambda_${configuration.Runtime}`,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.MemorySize),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `local/[${version}]`,
    LAMBDA_TASK_ROOT: folder,
    _HANDLER: configuration.Handler,
  };
}
