import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { key, McpStage, secret } from '../../target/mcp-stage.ts';
import { OAuthIssuer } from '../../target/oauth-issuer.ts';
import { signatureProblem } from '../../target/sigv4-verifier.ts';

describe('access by Signature Version 4', () => {
  const problems: (string | undefined)[] = [];
  const signed = (service: string) =>
    McpStage.start({
      guard: (request, body, response) => {
        problems.push(signatureProblem(request, body, key, 'execute-api'));
        if (problems.at(-1)) response.writeHead(403).end(problems.at(-1));
        return problems.at(-1) !== undefined;
      },
      authentication: () => ({ kind: 'sigv4', service }),
    });

  it('signs each request so that the server accepts it', async () => {
    const stage = await signed('execute-api');
    expect(await stage.target.serving()).toMatchObject({ version: 'first' });
    expect(problems.length).toBeGreaterThan(2);
    await stage.stop();
  });

  it('throws TargetRefused, which is not retried, when the signature is for another service', async () => {
    const stage = await signed('lambda');
    await expect(stage.target.serving()).rejects.toMatchObject({ name: 'TargetRefused' });
    await stage.stop();
  });
});

describe('access by OAuth', () => {
  let issuer: OAuthIssuer;
  beforeEach(async () => {
    issuer = await new OAuthIssuer({ id: 'sluice', secret }).start();
  });
  afterEach(() => issuer.stop());

  const start = async (clientId = 'sluice', metadataIssuer?: string) => {
    let url = '';
    const stage = await McpStage.start({
      guard: issuer.guardOf(() => url, metadataIssuer ? () => metadataIssuer : undefined),
      authentication: () => ({ kind: 'oauth', issuer: issuer.url, clientId, clientSecret: 'sluice/shop/mcp' }),
    });
    url = stage.server.url;
    return stage;
  };

  it('keeps a token for client credentials, and gets a new one after it has expired', async () => {
    const stage = await start();
    await stage.target.serving();
    await stage.target.serving();
    expect(issuer.tokens).toHaveLength(1);

    issuer.expire();
    expect(await stage.target.serving()).toMatchObject({ version: 'first' });
    await stage.stop();
  });

  it('throws TargetRefused without the secret when the issuer does not know the client', async () => {
    const stage = await start('unknown-client');
    await expect(stage.target.serving()).rejects.toMatchObject({ name: 'TargetRefused', message: expect.not.stringContaining(secret) });
    await stage.stop();
  });

  it('sends no credentials to a server that names another issuer than the configured one', async () => {
    const stage = await start('sluice', 'http://127.0.0.1:9');
    await expect(stage.target.serving()).rejects.toMatchObject({ name: expect.stringMatching(/^Target/) });
    expect(issuer.tokens).toEqual([]);
    await stage.stop();
  });
});
