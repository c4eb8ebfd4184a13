import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as z from 'zod';
import { propertiesOf } from '../../stack/properties.ts';
import { ApiError, type Host, type HostContext, type HostedResource, type TemplateResource } from '../host.ts';
import { invokeEvent } from './event.ts';
import { writeReply } from './reply.ts';
import { matchRoute, type Route } from './routes.ts';

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

const INTERNAL_ERROR = { statusCode: 500, headers: { 'content-type': 'application/json' }, body: '{"message":"Internal Server Error"}' };

interface Api {
  readonly id: string;
  readonly server: Server;
  readonly routes: Route[];
}

/** Hosts HTTP APIs on ports of their own, which stay the same over restarts; payload format 2.0, Lambda proxy only. */
export function hostHttpApi(ctx: HostContext): Host {
  const apis = new Map<string, Api>();
  const functionOf = new Map<string, string>();
  let started = false;

  async function createApi({ logicalId }: TemplateResource): Promise<HostedResource> {
    const apiId = logicalId.toLowerCase().slice(-10);
    const server = createServer((request, response) => void serve(api, request, response));
    const api: Api = { id: apiId, server, routes: [] };
    const portFile = join(ctx.dataDir, `${apiId}.port`);
    const port = await listen(server, existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0);
    writeFileSync(portFile, String(port));
    const endpoint = `http://127.0.0.1:${port}`;
    apis.set(apiId, api);
    return { ref: apiId, attributes: { ApiId: apiId, ApiEndpoint: endpoint } };
  }

  async function createIntegration({ logicalId, properties }: TemplateResource): Promise<HostedResource> {
    functionOf.set(logicalId, propertiesOf(integrationProperties, properties).IntegrationUri);
    return { ref: logicalId, attributes: {} };
  }

  async function createRoute({ logicalId, properties }: TemplateResource): Promise<HostedResource> {
    const { ApiId, RouteKey, Target } = propertiesOf(routeProperties, properties);
    const functionArn = functionOf.get(Target.slice('integrations/'.length));
    if (!functionArn) throw new Error(`route ${RouteKey}: there is no ${Target}`);
    apis.get(ApiId)?.routes.push({ key: RouteKey, functionArn });
    return { ref: logicalId, attributes: {} };
  }

  async function serve(api: Api, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const release = ctx.clock.hold(`http ${request.method}`);
    try {
      writeReply(response, await answer(api, request));
    } catch (thrown) {
      ctx.log(`http ${request.method} ${request.url}: ${thrown instanceof Error ? thrown.message : thrown}`);
      writeReply(response, INTERNAL_ERROR);
    } finally {
      release();
    }
  }

  async function answer(api: Api, request: IncomingMessage): Promise<unknown> {
    if (!started) return { statusCode: 503, body: '{"message":"Service Unavailable"}' };
    const body = await bodyOf(request);
    const url = new URL(`http://127.0.0.1${request.url}`);
    const matched = matchRoute(api.routes, request.method ?? 'GET', url.pathname);
    if (!matched) return { statusCode: 404, body: '{"message":"Not Found"}' };
    if (!body) return { statusCode: 413, body: '{"message":"Request Entity Too Large"}' };
    const at = { nowMs: ctx.clock.nowMs(), requestId: randomUUID(), account: ctx.account, apiId: api.id };
    const sourceArn = `arn:aws:execute-api:${ctx.region}:${ctx.account}:${api.id}/$default/${matched.route.key.replace(/ ?\//, '/')}`;
    return invoke(matched.route.functionArn, invokeEvent(request, url, body, matched, at), sourceArn);
  }

  async function invoke(functionArn: string, event: object, sourceArn: string): Promise<unknown> {
    const reply = await ctx.call('apigateway.amazonaws.com', {
      service: 'lambda',
      path: `/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`,
      headers: { 'x-amz-source-arn': sourceArn, 'x-amz-source-account': ctx.account },
      body: JSON.stringify(event),
    });
    const failed = reply.status !== 200 || reply.headers?.['x-amz-function-error'] !== undefined;
    return failed ? INTERNAL_ERROR : JSON.parse(reply.body.toString());
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
    start: async () => {
      started = true;
    },
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
