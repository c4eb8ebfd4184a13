/** One call of a handler, as the Runtime API hands it out. */
export interface Invocation {
  readonly requestId: string;
  readonly arn: string;
  readonly payload: string;
  readonly clockMs: number;
  readonly timeoutSeconds: number;
}

/** Makes the headers that the Runtime API sends with a payload. */
export const headersOf = ({ requestId, arn, payload, clockMs, timeoutSeconds }: Invocation) => ({
  'lambda-runtime-aws-request-id': requestId,
  'lambda-runtime-invoked-function-arn': arn,
  'lambda-runtime-deadline-ms': String(clockMs + timeoutSeconds * 1000),
  'lambda-runtime-clock-ms': String(clockMs),
  'lambda-runtime-trace-id': `Root=1-${Math.floor(clockMs / 1000).toString(16)}-${requestId.replaceAll('-', '').slice(0, 24)}`,
  'content-length': String(Buffer.byteLength(payload)),
});

/** Describes a failure that is not the handler's own, in the words of Lambda. */
export const fault = ({ requestId }: Invocation, errorType: string, reason: string) =>
  JSON.stringify({ errorType, errorMessage: `RequestId: ${requestId} ${reason}` });

/** Describes an invocation that was killed for taking too long. */
export const timedOut = (invocation: Invocation) =>
  fault(invocation, 'Sandbox.Timedout', `Error: Task timed out after ${invocation.timeoutSeconds.toFixed(2)} seconds`);
