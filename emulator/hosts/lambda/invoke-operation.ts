import { randomUUID } from 'node:crypto';
import { ApiError, type ApiReply } from '../host.ts';
import { functionArn } from './names.ts';
import type { Request } from './routes.ts';
import type { LambdaService } from './service.ts';

const LARGEST_PAYLOAD = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024, DryRun: 6 * 1024 * 1024 };
const TAIL_BYTES = 4096;

/** Runs a function and returns its result, or only accepts the call, by the invocation type. */
export async function invoke(service: LambdaService, { call, name, qualifier }: Request): Promise<ApiReply> {
  const type = call.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const payload = payloadOf(call.body, type);
  const chosen = service.invoker.choose(name, qualifier);
  if (type === 'DryRun') return { status: 204, body: '' };
  const arn = functionArn(service.context, name, qualifier);
  if (type === 'Event') return { status: 202, headers: { 'x-amzn-requestid': service.events.accept(arn, payload) }, body: '' };
  const requestId = randomUUID();
  const outcome = await service.invoker.runOn(chosen, qualifier, payload, requestId);
  const tail =
    call.headers['x-amz-log-type'] === 'Tail' && Buffer.from(outcome.logLines.join('\n')).subarray(-TAIL_BYTES).toString('base64');
  const headers = {
    'content-type': 'application/json',
    'x-amzn-requestid': requestId,
    'x-amz-executed-version': chosen.version,
    ...(outcome.failed && { 'x-amz-function-error': 'Unhandled' }),
    ...(tail && { 'x-amz-log-result': tail }),
  };
  return { status: 200, headers, body: outcome.payload };
}

function payloadOf(body: Buffer, type: string): string {
  if (!Object.hasOwn(LARGEST_PAYLOAD, type)) throw new ApiError('InvalidParameterValueException', `Unknown invocation type ${type}`);
  const largest = LARGEST_PAYLOAD[type as keyof typeof LARGEST_PAYLOAD];
  if (body.length > largest) {
    const message = `Request must be smaller than ${largest} bytes for the ${type} invocation type`;
    throw new ApiError('RequestTooLargeException', message, 413);
  }
  const text = body.toString('utf8') || '{}';
  checkJson(text);
  return text;
}

function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ApiError('InvalidRequestContentException', `Could not parse request body into json: ${reason}`);
  }
}
