import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { type DeploymentServerOptions, deploymentServer } from './tools.ts';

/** Responds to the request and returns true, or returns false to let the request pass. */
export type Guard = (request: IncomingMessage, body: string, response: ServerResponse) => boolean | Promise<boolean>;

export interface RunningServer {
  /** Its Streamable HTTP endpoint. */
  readonly url: string;
  /** The address for the users of an environment. */
  usersUrl(environment: string): string;
  close(): Promise<void>;
}

/** Starts a local server: MCP at `/mcp`, and the service for users of each environment at `/users/<environment>/`. */
export async function startDeploymentServer(options: DeploymentServerOptions, guard: Guard = () => false): Promise<RunningServer> {
  const server = createServer((request, response) => {
    respond(options, guard, request, response).catch((error: Error) => response.writeHead(500).end(error.message));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `${origin}/mcp`, usersUrl: (environment) => `${origin}/users/${environment}`, close: () => close(server) };
}

async function respond(options: DeploymentServerOptions, guard: Guard, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  const [, environment, path] = /^\/users\/([^/]+)(\/.*)$/.exec(request.url ?? '') ?? [];
  if (environment && path) return serveUser(options, environment, { method: request.method ?? 'GET', path, body }, response);
  if (await guard(request, body, response)) return;
  if (request.url !== '/mcp') return void response.writeHead(404).end();
  if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST' }).end();
  // Stateless: a new transport and server for each request, so that any instance can respond.
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
  const server = deploymentServer(options);
  response.on('close', () => void server.close());
  await server.connect(transport);
  await transport.handleRequest(request, response, JSON.parse(body));
}

async function serveUser(
  { environments }: DeploymentServerOptions,
  environment: string,
  request: { method: string; path: string; body: string },
  response: ServerResponse,
): Promise<void> {
  const served = await environments.find(({ name }) => name === environment)?.serve(request);
  response.writeHead(served?.status ?? 404, { 'content-type': 'application/json' }).end(served?.body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
