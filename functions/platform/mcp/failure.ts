import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ServerError, TemporarilyUnavailableError, TooManyRequestsError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { TargetRefused, TargetReplyMalformed, TargetUnreachable } from '#platform/errors';

const PASSING_CODES: readonly number[] = [ErrorCode.RequestTimeout, ErrorCode.ConnectionClosed];
const PASSING_STATUSES = [404, 408, 429];

/** Names what went wrong with a server: a fault that passes, a refusal, or a reply that Sluice cannot read. */
export function failureOf(thrown: unknown, where: string): Error {
  if (!(thrown instanceof Error)) return new TargetUnreachable(`${where}: ${String(thrown)}`);
  const what = `${where}: ${thrown.message}${causeOf(thrown)}`;
  if (thrown instanceof StreamableHTTPError && thrown.code === -1) return new TargetReplyMalformed(what);
  if (thrown.name === 'ZodError' || thrown instanceof SyntaxError) return new TargetReplyMalformed(`${where}: not a JSON-RPC message`);
  return passes(thrown) ? new TargetUnreachable(what) : new TargetRefused(what);
}

/** A 404 means that the server forgot the session. If there was no reply at all, fetch throws a TypeError. */
function passes(thrown: Error): boolean {
  if (thrown instanceof McpError) return PASSING_CODES.includes(thrown.code);
  if (thrown instanceof StreamableHTTPError) return (thrown.code ?? 0) >= 500 || PASSING_STATUSES.includes(thrown.code ?? 0);
  return [TypeError, ServerError, TemporarilyUnavailableError, TooManyRequestsError].some((kind) => thrown instanceof kind);
}

const causeOf = ({ cause }: Error) => (cause instanceof Error ? ` (${cause.message || (cause as NodeJS.ErrnoException).code})` : '');
