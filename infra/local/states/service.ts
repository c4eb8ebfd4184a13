import { ApiError, type HostContext } from '../host.ts';
import type { Engine } from './engine.ts';
import type { Execution } from './frame.ts';
import type { Journal, Machine, Revision } from './journal.ts';
import { LARGEST_PAYLOAD } from './visit.ts';

// biome-ignore lint/suspicious/noExplicitAny: the wire's JSON; each operation reads and checks what it needs
export type WireRequest = any;

/** What the operations of the API work on. */
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

export function revisionOf({ journal }: Service, revision: string): Revision {
  const found = journal.revision(revision);
  if (!found) throw new Error(`No definition ${revision}`);
  return found;
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

/** Answers JSON text that is within the quota of a payload. */
export function checkPayload(text: unknown, field: string, code: string, told: (why: string) => string): string {
  const why = `1 validation error detected: Value at '${field}' failed to satisfy constraint: Member must have length less than or equal to`;
  if (Buffer.byteLength(String(text)) > LARGEST_PAYLOAD) throw new ApiError('ValidationException', `${why} ${LARGEST_PAYLOAD}`);
  try {
    JSON.parse(String(text));
    return String(text);
  } catch (thrown) {
    throw new ApiError(code, told((thrown as Error).message));
  }
}

/** The wire's form of a moment. */
export const seconds = (epochMs: number | undefined) => (epochMs === undefined ? undefined : epochMs / 1000);

const NAME = /^[^\s\p{Cc}<>{}[\]?*"#%\\^|~`$&,;:/]{1,80}$/u;

export function checkName(name: unknown): string {
  if (typeof name === 'string' && NAME.test(name)) return name;
  throw new ApiError('InvalidName', `Invalid Name: '${name}'`);
}

/** A page's beginning, from the token that the page before has answered. */
export function offsetIn(nextToken: string | undefined): number {
  if (nextToken === undefined) return 0;
  const offset = Number(Buffer.from(nextToken, 'base64url').toString());
  if (Number.isInteger(offset) && offset > 0) return offset;
  throw new ApiError('InvalidToken', `Invalid Token: 'Invalid token'`);
}

export const tokenOf = (offset: number): string => Buffer.from(String(offset)).toString('base64url');

/** The size of a page: `0` and nothing stand for the default. */
export function pageSize(maxResults: number | undefined): number {
  if (maxResults === undefined || maxResults === 0) return 100;
  if (Number.isInteger(maxResults) && maxResults > 0 && maxResults <= 1000) return maxResults;
  throw new ApiError(
    'ValidationException',
    `1 validation error detected: Value '${maxResults}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000`,
  );
}
