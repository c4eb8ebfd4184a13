import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { targetAt } from '../../target/mcp-stage.ts';

describe('a server that does not keep to the protocol', () => {
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
    ['TargetRefused', 'does not want us', 403, 'text/plain', 'no'],
    ['TargetReplyMalformed', 'answers pages', 200, 'text/html', '<p>hello'],
    ['TargetReplyMalformed', 'answers JSON that is no JSON-RPC', 200, 'application/json', '{"hello":1}'],
    ['TargetReplyMalformed', 'answers half a message', 200, 'application/json', '{"jsonrpc":'],
  ] as const)('is %s when it %s', async (name, _, status, type, body) => {
    const target = await answering(status, type, body);
    await expect(target.serving()).rejects.toMatchObject({ name });
  });

  it('is unreachable when nobody listens', async () => {
    await expect(targetAt('http://127.0.0.1:9/mcp').serving()).rejects.toMatchObject({ name: 'TargetUnreachable' });
  });

  it('is no release’s fault: an unreachable server has told nothing of its health', async () => {
    expect(await targetAt('http://127.0.0.1:9/mcp', { kind: 'none' }, () => new Date(1000)).sample('v', 0, 1000)).toMatchObject({
      requests: null,
      errors: null,
      healthy: null,
    });
  });
});
