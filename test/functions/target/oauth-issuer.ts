import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Guard } from '../../../examples/mcp-deployment-server/server.ts';

/** An authorization server for one client (RFC 8414, RFC 6749 client credentials), and the guard of its resource. */
export class OAuthIssuer {
  /** The tokens given out. Only the last one is valid. */
  readonly tokens: string[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #client: { readonly id: string; readonly secret: string };
  url = '';

  constructor(client: { id: string; secret: string }) {
    this.#client = client;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Makes all earlier tokens invalid, as if they had expired. */
  expire(): void {
    this.tokens.push('expired');
  }

  /** Accepts only the newest token. Other callers get the address of the issuer (RFC 9728). */
  guardOf(resource: () => string, issuer = () => this.url): Guard {
    return ({ headers, url }, _body, response) => {
      if (url === '/.well-known/oauth-protected-resource/mcp') {
        json(response, 200, { resource: resource(), authorization_servers: [issuer()] });
        return true;
      }
      if (headers.authorization === `Bearer ${this.tokens.at(-1)}` && this.tokens.at(-1) !== 'expired') return false;
      response
        .writeHead(401, {
          'www-authenticate': `Bearer resource_metadata="${new URL('/.well-known/oauth-protected-resource/mcp', resource())}"`,
        })
        .end();
      return true;
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.url?.startsWith('/.well-known/')) {
      const methods = { token_endpoint_auth_methods_supported: ['client_secret_basic'], grant_types_supported: ['client_credentials'] };
      return json(response, 200, {
        issuer: this.url,
        authorization_endpoint: `${this.url}/authorize`,
        token_endpoint: `${this.url}/token`,
        response_types_supported: ['code'],
        ...methods,
      });
    }
    const expected = `Basic ${Buffer.from(`${this.#client.id}:${this.#client.secret}`).toString('base64')}`;
    const grant = new URLSearchParams(body).get('grant_type');
    if (request.headers.authorization !== expected || grant !== 'client_credentials')
      return json(response, 401, { error: 'invalid_client' });
    this.tokens.push(`token-${this.tokens.length + 1}`);
    json(response, 200, { access_token: this.tokens.at(-1), token_type: 'Bearer', expires_in: 3600 });
  }
}

const json = (response: ServerResponse, status: number, body: object) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
