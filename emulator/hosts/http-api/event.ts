import type { IncomingMessage } from 'node:http';
import { decoded, type MatchedRoute } from './routes.ts';

/** The time, the API and the id of a request. */
export interface Arrival {
  readonly nowMs: number;
  readonly requestId: string;
  readonly account: string;
  readonly apiId: string;
}

/** Makes the payload format 2.0 event (API Gateway Developer Guide, Lambda proxy integrations for HTTP APIs). */
export function invokeEvent(request: IncomingMessage, url: URL, body: Buffer, matched: MatchedRoute, arrival: Arrival): object {
  const { route, pathParameters } = matched;
  const { cookie, ...headers } = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(',')]),
  );
  const isBase64Encoded = body.length > 0 && !isText(request.headers['content-type']);
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath: decoded(url.pathname),
    rawQueryString: url.search.slice(1),
    cookies: cookie?.split('; '),
    headers,
    queryStringParameters: url.search ? joined(url.searchParams) : undefined,
    pathParameters: Object.keys(pathParameters).length > 0 ? pathParameters : undefined,
    requestContext: contextOf(request, url, route.key, arrival),
    body: body.length > 0 ? body.toString(isBase64Encoded ? 'base64' : 'utf8') : undefined,
    isBase64Encoded,
  };
}

/** API Gateway takes only these types for text. A form and a body without a type are binary. */
const isText = (contentType = '') => /^(text\/[^;]*|application\/(json|xml|javascript))\s*(;|$)/i.test(contentType.trim());

function contextOf(request: IncomingMessage, url: URL, routeKey: string, { nowMs, requestId, account, apiId }: Arrival): object {
  return {
    accountId: account,
    apiId,
    domainName: request.headers.host,
    domainPrefix: request.headers.host?.split(/[.:]/)[0],
    http: {
      method: request.method,
      path: decoded(url.pathname),
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.socket.remoteAddress,
      userAgent: request.headers['user-agent'] ?? '',
    },
    requestId,
    routeKey,
    stage: '$default',
    time: commonLogTime(nowMs),
    timeEpoch: nowMs,
  };
}

/** API Gateway joins repeated query parameters by commas. */
function joined(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(',')]));
}

/** Writes a time as `12/Mar/2020:19:03:58 +0000`. */
function commonLogTime(ms: number): string {
  const [, day, month, year, time] = /(\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(ms).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
