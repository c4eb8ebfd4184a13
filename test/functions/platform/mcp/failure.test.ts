import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { targetAt } from '../../target/mcp-stage.ts';

describe('failures of an MCP server', () => {
  let server: Server;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  const answering = async (status: number, type: string, body: string) => {
    server = createServer(
      (request, response) => void request.resume().on('end', () => response.writeHead(status, { 'content-type': type }).end(body)),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return targetAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
  };

  it.each([
    ['TargetUnreachable', 'is overloaded', 503, 'text/plain', 'later'],
    ['TargetUnreachable', 'asks for fewer calls', 429, 'text/plain', 'later'],
    ['TargetRefused', 'refuses the caller', 403, 'text/plain', 'no'],
    ['TargetReplyMalformed', 'returns a web page', 200, 'text/html', '<p>hello'],
    ['TargetReplyMalformed', 'returns JSON that is not JSON-RPC', 200, 'application/json', '{"hello":1}'],
    ['TargetReplyMalformed', 'returns half a message', 200, 'application/json', '{"jsonrpc":'],
  ] as const)('throws %s when the server %s', async (name, _, status, type, body) => {
    const target = await answering(status, type, body);
    await expect(target.serving()).rejects.toMatchObject({ name });
  });

  it('throws TargetUnreachable when no server listens', async () => {
    await expect(targetAt('http://127.0.0.1:9/mcp').serving()).rejects.toMatchObject({ name: 'TargetUnreachable' });
  });

  it('reads an unreachable server as unknown, not as unhealthy', async () => {
    expect(await targetAt('http://127.0.0.1:9/mcp', { kind: 'none' }, () => new Date(1000)).sample('v', 0, 1000)).toMatchObject({
      requests: null,
      errors: null,
      healthy: null,
    });
  });
});
