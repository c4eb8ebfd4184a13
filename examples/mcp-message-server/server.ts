import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import * as z from 'zod';

/** The arguments of docs/reference/mcp-servers.md (R-TELL-4) and no others. */
const inputs = {
  send_google_chat_webhook: z.strictObject({ message: z.string() }),
  stage_email: z.strictObject({ to: z.email(), subject: z.string(), body: z.string() }),
};
const tools = Object.keys(inputs) as (keyof typeof inputs)[];

export interface SentMessage {
  readonly tool: keyof typeof inputs;
  readonly arguments: Record<string, string>;
}

/** Responds to a request and returns true, or returns false to let the request pass. */
export type Interference = (request: IncomingMessage, body: string, response: ServerResponse) => boolean;

/** Starts an MCP endpoint at `/mcp` with the two message tools (R-TELL-4). It passes on each message that it gets. */
export async function startMessageServer(onMessage: (sent: SentMessage) => void, interfere: Interference = () => false) {
  const server = createServer((request, response) => {
    respond(onMessage, interfere, request, response).catch((error: Error) => response.writeHead(500).end(error.message));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, close };
}

async function respond(
  onMessage: (sent: SentMessage) => void,
  interfere: Interference,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const body = await text(request);
  if (interfere(request, body, response)) return;
  if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST' }).end();
  // Stateless: a new transport and server for each request, so that any instance can respond.
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
  const server = new McpServer({ name: 'example-message-server', version: '1.0.0' });
  for (const tool of tools)
    server.registerTool(tool, { inputSchema: inputs[tool] }, async (asked: Record<string, string>) => {
      onMessage({ tool, arguments: asked });
      return { content: [{ type: 'text' as const, text: JSON.stringify({ success: true }) }] };
    });
  response.on('close', () => void server.close());
  await server.connect(transport);
  await transport.handleRequest(request, response, JSON.parse(body));
}
