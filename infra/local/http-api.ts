import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as z from 'zod';
import { ApiError, type Host, type HostContext, type HostedResource, type TemplateResource } from './host.ts';
import { invokeEvent, matchRoute, type Route, writeReply } from './http-api/payload.ts';

/** API Gateway reads at most 10 MB of a request. */
const LONGEST_BODY_BYTES = 10 * 1024 * 1024;

const integrationProperties = z.strictObject({
  ApiId: z.string(),
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0'),
});
const routeProperties = z.strictObject({
  ApiId: z.string(),
  RouteKey: z.string(),
  Target: z.string().startsWith('integrations/'),
  AuthorizationType: z.literal('NONE').optional(),
});

interface Api {
  readonly server: Server;
  readonly endpoint: string;
  readonly routes: Route[];
}

/** Hosts HTTP APIs on ports of their own, which stay the same over restarts; payload format 2.0, Lambda proxy only. */
export function hostHttpApi(ctx: HostContext): Host {
  const apis = new Map<string, Api>();
  const functionOf = new Map<string, string>();

  async function createApi({ logicalId }: TemplateResource): Promise<HostedResource> {
    const apiId = logicalId.toLowerCase().slice(-10);
    const routes: Route[] = [];
    const server = createServer((request, response) => void serve(routes, request, response));
    const portFile = join(ctx.dataDir, `${apiId}.port`);
    const port = await listen(server, existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0);
    writeFileSync(portFile, String(port));
    const endpoint = `http://127.0.0.1:${port}`;
    apis.set(apiId, { server, endpoint, routes });
    return { ref: apiId, attributes: { ApiId: apiId, ApiEndpoint: endpoint } };
  }

  async function createIntegration({ logicalId, properties }: TemplateResource): Promise<HostedResource> {
    functionOf.set(logicalId, integrationProperties.parse(properties).IntegrationUri);
    return { ref: logicalId, attributes: {} };
  }

  async function createRoute({ logicalId, properties }: TemplateResource): Promise<HostedResource> {
    const { ApiId, RouteKey, Target } = routeProperties.parse(properties);
    const functionArn = functionOf.get(Target.slice('integrations/'.length));
    if (!functionArn) throw new Error(`route ${RouteKey}: there is no ${Target}`);
    apis.get(ApiId)?.routes.push({ key: RouteKey, functionArn });
    return { ref: logicalId, attributes: {} };
  }

  async function serve(routes: readonly Route[], request: IncomingMessage, response: ServerResponse): Promise<void> {
    const release = ctx.clock.hold(`http ${request.method}`);
    try {
      const body = await bodyOf(request);
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const matched = matchRoute(routes, request.method ?? 'GET', url.pathname);
      if (!matched) return writeReply(response, { statusCode: 404, body: '{"message":"Not Found"}' });
      if (!body) return writeReply(response, { statusCode: 413, body: '{"message":"Request Entity Too Large"}' });
      const event = invokeEvent(request, url, body, matched, { nowMs: ctx.clock.nowMs(), requestId: randomUUID() });
      writeReply(response, await invoke(matched.route.functionArn, event));
    } finally {
      release();
    }
  }

  async function invoke(functionArn: string, event: object): Promise<unknown> {
    const path = `/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`;
    const reply = await ctx.call('arn:aws:iam::000000000000:service/apigateway.amazonaws.com', {
      service: 'lambda',
      path,
      body: JSON.stringify(event),
    });
    const failed = reply.status !== 200 || Object.keys(reply.headers ?? {}).some((name) => name.toLowerCase() === 'x-amz-function-error');
    return failed ? { statusCode: 500, body: '{"message":"Internal Server Error"}' } : JSON.parse(reply.body.toString());
  }

  return {
    signingNames: ['apigateway'],
    handle: async ({ operation, path }) => {
      throw new ApiError('UnsupportedOperation', `API Gateway's management API is not hosted (${operation || path}); the template is`);
    },
    resources: {
      'AWS::ApiGatewayV2::Api': createApi,
      'AWS::ApiGatewayV2::Integration': createIntegration,
      'AWS::ApiGatewayV2::Route': createRoute,
      'AWS::ApiGatewayV2::Stage': async ({ properties }) => ({ ref: properties.StageName, attributes: {} }),
    },
    start: async () => undefined,
    stop: async () => {
      await Promise.all([...apis.values()].map(({ server }) => closed(server)));
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Reads a request's body; undefined when it is longer than API Gateway takes. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length <= LONGEST_BODY_BYTES) chunks.push(chunk as Buffer);
  }
  return length <= LONGEST_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}
