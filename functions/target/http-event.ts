import * as z from 'zod';
import type { ProbeRequest } from '#policy/policy';

/** Makes the payload format 2.0 event that a Lambda HTTP service gets from API Gateway or a function URL. */
export function probeEvent(request: ProbeRequest) {
  const [rawPath = '/', ...query] = request.path.split('?');
  const rawQueryString = query.join('?');
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    queryStringParameters: Object.fromEntries(new URLSearchParams(rawQueryString)),
    headers: { 'content-type': 'application/json', 'user-agent': 'sluice-probe' },
    requestContext: {
      http: { method: request.method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'sluice-probe' },
    },
    body: request.body,
    isBase64Encoded: false,
  };
}

const responseSchema = z.looseObject({
  statusCode: z.number().int(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
});

/** Reads a service's response. As in API Gateway, a thrown error or a response that is not HTTP becomes a 502. */
export function probeResponse(payload: string, functionError: string | undefined): { status: number; body: string } {
  if (functionError) return { status: 502, body: `the function failed: ${functionError}` };
  const parsed = responseSchema.safeParse(parseJson(payload));
  if (!parsed.success) return { status: 502, body: 'the function returned something that is not an HTTP response' };
  const body = parsed.data.body ?? '';
  return { status: parsed.data.statusCode, body: parsed.data.isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
