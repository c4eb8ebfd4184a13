import { type ApiCall, ApiError, type ApiReply } from '../hosts/host.ts';

/** Writes an error in the protocol's shape: REST-XML for S3, REST-JSON without an operation, JSON otherwise. */
export function errorReply(call: ApiCall, error: ApiError): ApiReply {
  if (call.signingName === 's3') return xmlError(call, error);
  const body = call.operation
    ? { ...error.fields, __type: error.name, message: error.message }
    : { ...error.fields, Type: error.status < 500 ? 'User' : 'Service', Message: error.message, message: error.message };
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': error.name };
  return { status: error.status, headers, body: JSON.stringify(body) };
}

/** Turns a thrown error into an API error. Any but an ApiError is a defect of the host and is logged. */
export function apiErrorOf(thrown: unknown, call: ApiCall, log: (line: string) => void): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const reason = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  log(`${call.signingName} ${call.operation || `${call.method} ${call.path}`}: ${reason}`);
  return new ApiError('InternalFailure', thrown instanceof Error ? thrown.message : String(thrown), 500);
}

function xmlError(call: ApiCall, error: ApiError): ApiReply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${xml(error.name)}</Code><Message>${xml(error.message)}</Message></Error>`;
  return { status: error.status, headers: { 'content-type': 'application/xml' }, body: call.method === 'HEAD' ? '' : body };
}

/** Escapes text for XML. */
export const xml = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign);
