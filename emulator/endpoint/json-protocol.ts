import { type ApiCall, ApiError, type ApiReply } from '../hosts/host.ts';

/** Reads the body of a JSON protocol call. */
// biome-ignore lint/suspicious/noExplicitAny: the wire's JSON; each operation reads what it needs
export function jsonBody(call: ApiCall): any {
  try {
    return JSON.parse(call.body.toString('utf8') || '{}');
  } catch {
    throw new ApiError('SerializationException', 'The body is not JSON');
  }
}

/** Returns a JSON reply. Undefined fields are left out. */
export const jsonReply = (answer: unknown): ApiReply => ({
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: JSON.stringify(answer ?? {}),
});
