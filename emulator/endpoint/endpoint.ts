import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Authorization } from '../authorization/authorization.ts';
import { type ApiCall, ApiError, type ApiReply, type Caller, type Host } from '../hosts/host.ts';
import type { Callers } from './callers.ts';
import { apiErrorOf, errorReply } from './error-reply.ts';
import { credentialScope, operationOf } from './signature.ts';

const LARGEST_BODY = 50 * 1024 * 1024;
const ABSENT = ['NoSuchKey', 'NotFound'];
const NOBODY: Caller = { arn: '' };

/** One caller and one operation, recorded once per combination. */
export interface RecordedCall {
  readonly caller: string;
  readonly service: string;
  readonly operation: string;
}

/**
 * The one HTTP front of every hosted service. It finds the caller and the host, and writes errors in the protocol's
 * shape.
 */
export class Endpoint {
  readonly #server: Server;
  readonly #callers: Pick<Callers, 'callerOf'>;
  readonly #log: (line: string) => void;
  readonly #hosts = new Map<string, Host>();
  readonly #recorded = new Map<string, RecordedCall>();
  #authorization: Authorization | undefined;

  constructor(callers: Pick<Callers, 'callerOf'>, log: (line: string) => void) {
    this.#callers = callers;
    this.#log = log;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.keepAliveTimeout = 70_000;
  }

  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  attach(host: Host): void {
    for (const name of host.signingNames) this.#hosts.set(name, host);
  }

  /** Enforces roles from now on; until then everybody may do everything. */
  enforce(authorization: Authorization): void {
    this.#authorization = authorization;
  }

  /** Returns a reply as HTTP would, errors included. Hosts call each other through this too. */
  async dispatch(call: ApiCall): Promise<ApiReply> {
    try {
      this.authorize(call);
      return await this.#answer(call);
    } catch (thrown) {
      return errorReply(call, apiErrorOf(thrown, call, this.#log));
    }
  }

  /** Records the call and throws unless its caller is known and may make it. */
  authorize(call: ApiCall): void {
    if (call.signingName && call.caller === NOBODY) throw unrecognized(call);
    const recorded = { caller: call.caller.arn, service: call.signingName, operation: call.operation || call.method };
    this.#recorded.set(Object.values(recorded).join(' '), recorded);
    this.#authorization?.check(call);
  }

  get recordedCalls(): RecordedCall[] {
    return [...this.#recorded.values()];
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  /** S3 reveals that a key does not exist only to callers who may list its bucket. */
  async #answer(call: ApiCall): Promise<ApiReply> {
    const host = this.#hostOf(call);
    const isAbsence = (error: unknown) => call.signingName === 's3' && error instanceof ApiError && ABSENT.includes(error.name);
    return host.handle(call).catch((error: unknown) => {
      if (isAbsence(error)) this.#authorization?.checkAbsence(call);
      throw error;
    });
  }

  #hostOf(call: ApiCall): Host {
    const host = this.#hosts.get(call.signingName);
    if (host) return host;
    const what = call.operation || `${call.method} ${call.path}`;
    if (!call.signingName) throw new ApiError('MissingAuthenticationToken', `The request is not signed, so it has no caller: ${what}`, 403);
    throw new ApiError('UnknownOperationException', `No local host for the service ${call.signingName}: ${what}`, 501);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const call = await this.#read(request);
      write(response, call, await this.dispatch(call));
    } catch (thrown) {
      this.#log(`endpoint: ${request.method} ${request.url}: ${thrown instanceof Error ? thrown.message : thrown}`);
      response.writeHead(thrown instanceof ApiError ? thrown.status : 500).end();
    }
  }

  async #read(request: IncomingMessage): Promise<ApiCall> {
    const [path = '/', search = ''] = splitOnce(request.url ?? '/', '?');
    const query = new URLSearchParams(search);
    const headers = headersOf(request);
    const body = await bodyOf(request);
    const scope = credentialScope(headers, query);
    return {
      signingName: scope?.signingName ?? '',
      operation: operationOf(headers, query, body),
      caller: this.#callers.callerOf(scope?.accessKeyId ?? '') ?? NOBODY,
      method: request.method ?? 'GET',
      path,
      query,
      headers,
      body,
    };
  }
}

/** S3 has its own words for an unknown access key. */
function unrecognized({ signingName }: ApiCall): ApiError {
  if (signingName === 's3')
    return new ApiError('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', 403);
  return new ApiError('UnrecognizedClientException', 'The security token included in the request is invalid.', 403);
}

/**
 * Joins repeated headers. Hosts name the resource that they act for by `x-amz-source-*`, so a client may not send it.
 */
function headersOf({ headersDistinct }: IncomingMessage): Record<string, string> {
  const own = Object.entries(headersDistinct).filter(([name]) => !name.startsWith('x-amz-source-'));
  return Object.fromEntries(own.map(([name, values]) => [name, (values ?? []).join(',')]));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // A client reads the refusal only after the server has read the rest of the request.
    if (size <= LARGEST_BODY) chunks.push(chunk);
  }
  if (size > LARGEST_BODY) throw new ApiError('RequestEntityTooLarge', `A body is at most ${LARGEST_BODY} bytes`, 413);
  return Buffer.concat(chunks);
}

function write(response: ServerResponse, call: ApiCall, reply: ApiReply): void {
  const length = { 'content-length': String(Buffer.byteLength(reply.body)) };
  response.writeHead(reply.status, { ...(call.method === 'HEAD' ? {} : length), ...reply.headers });
  response.end(call.method === 'HEAD' ? undefined : reply.body);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
