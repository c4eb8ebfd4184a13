import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';

export interface Route {
  /** `$default` or `GET /path/{parameter}`. */
  readonly key: string;
  readonly functionArn: string;
}

export interface MatchedRoute {
  readonly route: Route;
  readonly pathParameters: Record<string, string>;
}

/** Finds the route of a request: an exact or parametrised one first, then `$default`. */
export function matchRoute(routes: readonly Route[], method: string, path: string): MatchedRoute | undefined {
  for (const route of routes) {
    const [routeMethod, pattern] = route.key.split(' ');
    if (!pattern || (routeMethod !== 'ANY' && routeMethod !== method)) continue;
    const pathParameters = parametersOf(pattern, path);
    if (pathParameters) return { route, pathParameters };
  }
  const fallback = routes.find(({ key }) => key === '$default');
  return fallback && { route: fallback, pathParameters: {} };
}

function parametersOf(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (/^\{\w+\}$/.test(part)) parameters[part.slice(1, -1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return parameters;
}

/** Makes the payload format 2.0 event (API Gateway Developer Guide, Lambda proxy integrations for HTTP APIs). */
export function invokeEvent(
  request: IncomingMessage,
  url: URL,
  body: Buffer,
  { route, pathParameters }: MatchedRoute,
  at: { nowMs: number; requestId: string },
): object {
  const { cookie, ...headers } = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(',')]),
  );
  const text = body.toString('utf8');
  const isBase64Encoded = !Buffer.from(text, 'utf8').equals(body);
  const http = {
    method: request.method,
    path: url.pathname,
    protocol: `HTTP/${request.httpVersion}`,
    sourceIp: request.socket.remoteAddress,
    userAgent: headers['user-agent'],
  };
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    cookies: cookie?.split('; '),
    headers,
    queryStringParameters: url.search ? joined(url.searchParams) : undefined,
    pathParameters: Object.keys(pathParameters).length > 0 ? pathParameters : undefined,
    requestContext: {
      accountId: 'anonymous',
      apiId: 'local',
      http,
      requestId: at.requestId,
      routeKey: route.key,
      stage: '$default',
      timeEpoch: at.nowMs,
    },
    body: body.length > 0 ? (isBase64Encoded ? body.toString('base64') : text) : undefined,
    isBase64Encoded,
  };
}

/** API Gateway joins repeated query parameters by commas. */
function joined(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(',')]));
}

const structured = z.looseObject({
  statusCode: z.number().int(),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  cookies: z.array(z.string()).optional(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
});

/** Writes what a function answered: a structured response, or any JSON as a 200 (payload format 2.0's inference). */
export function writeReply(response: ServerResponse, answer: unknown): void {
  const parsed = structured.safeParse(answer);
  if (!parsed.success) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    return;
  }
  const { statusCode, headers = {}, cookies = [], body = '', isBase64Encoded = false } = parsed.data;
  response.writeHead(statusCode, {
    'content-type': 'text/plain',
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    ...(cookies.length > 0 && { 'set-cookie': cookies }),
  });
  response.end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
}
