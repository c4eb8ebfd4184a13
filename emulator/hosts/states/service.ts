import { ApiError, type HostContext } from '../host.ts';
import type { Engine } from './engine.ts';
import type { Execution } from './frame.ts';
import type { Journal, Machine } from './journal.ts';
import { LARGEST_PAYLOAD } from './visit.ts';

// biome-ignore lint/suspicious/noExplicitAny: the wire's JSON; each operation reads and checks what it needs
export type WireRequest = any;

export interface Service {
  readonly engine: Engine;
  readonly journal: Journal;
  readonly context: Pick<HostContext, 'clock' | 'region' | 'account'>;
}

export function machineOf({ journal }: Service, arn: string): Machine {
  const machine = journal.machine(checkArn(arn));
  if (!machine) throw new ApiError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return machine;
}

export function executionOf({ journal }: Service, arn: string): Execution {
  const execution = journal.execution(checkArn(arn));
  if (!execution) throw new ApiError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return execution;
}

function checkArn(arn: unknown): string {
  if (typeof arn === 'string' && arn.startsWith('arn:')) return arn;
  throw new ApiError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
}

const NAME = /^[^\s\p{Cc}<>{}[\]?*"#%\\^|~`$&,;:/]{1,80}$/u;

export function checkName(name: unknown): string {
  if (typeof name === 'string' && NAME.test(name)) return name;
  throw new ApiError('InvalidName', `Invalid Name: '${name}'`);
}

/** Returns JSON text within the payload quota. `refuse` makes the error of text that is not JSON. */
export function checkPayload(text: unknown, field: string, refuse: (why: string) => ApiError): string {
  if (Buffer.byteLength(String(text)) > LARGEST_PAYLOAD)
    throw constraint(`Value at '${field}'`, `length less than or equal to ${LARGEST_PAYLOAD}`);
  try {
    JSON.parse(String(text));
    return String(text);
  } catch (thrown) {
    throw refuse((thrown as Error).message);
  }
}

export const seconds = (epochMs: number | undefined) => (epochMs === undefined ? undefined : epochMs / 1000);

/** Returns one page of what `read` finds, and the next token. A page of 0 has the default size. */
export function page<T>(request: WireRequest, read: (offset: number, limit: number) => T[]): { found: T[]; nextToken?: string } {
  const { nextToken = '', maxResults = 0 } = request;
  if (!Number.isInteger(maxResults) || maxResults < 0 || maxResults > 1000)
    throw constraint(`Value '${maxResults}' at 'maxResults'`, 'value less than or equal to 1000');
  const offset = Number(Buffer.from(nextToken, 'base64url').toString());
  if (!Number.isInteger(offset)) throw new ApiError('InvalidToken', "Invalid Token: 'Invalid token'");
  const size = maxResults || 100;
  const found = read(offset, size + 1);
  if (found.length <= size) return { found };
  return { found: found.slice(0, size), nextToken: Buffer.from(String(offset + size)).toString('base64url') };
}

const constraint = (what: string, must: string) =>
  new ApiError('ValidationException', `1 validation error detected: ${what} failed to satisfy constraint: Member must have ${must}`);
