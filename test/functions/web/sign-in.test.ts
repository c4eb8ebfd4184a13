import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignIn } from '#policy/policy';
import { OidcIdentities } from '#web/identities.oidc';

const NOW = new Date('2026-03-02T09:00:00.000Z');
const seconds = (later: number) => Math.floor(NOW.getTime() / 1000) + later;
let issuer: Server;
let signIn: SignIn;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;
const identities = new OidcIdentities(() => NOW);

beforeAll(async () => {
  keys = await generateKeyPair('ES256');
  const published = JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256' }] });
  issuer = createServer(({ url }, reply) => {
    if (url === '/down') reply.statusCode = 503;
    reply.setHeader('content-type', 'application/json').end(url === '/rubbish' ? '{"keys":1}' : published);
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  const at = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  signIn = { issuer: 'https://id.acme.example', audience: 'sluice', jwksUri: `${at}/keys` };
});
afterAll(() => new Promise((resolve) => issuer.close(resolve)));

const good = {
  email: 'lead@acme.example',
  email_verified: true,
  iss: 'https://id.acme.example',
  aud: 'sluice',
  iat: seconds(-60),
  exp: seconds(600),
};
const token = (change: JWTPayload = {}, key = keys.privateKey) =>
  new SignJWT({ ...good, ...change }).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(key);

describe('signing in', () => {
  it('vouches for the mail address of a token that the issuer signed for us', async () => {
    expect(await identities.mailOf(await token(), signIn)).toBe('lead@acme.example');
  });

  it.each([
    ['of another issuer', { iss: 'https://id.evil.example' }],
    ['for somebody else', { aud: 'payroll' }],
    ['that is over', { exp: seconds(-1) }],
    ['that is not valid yet', { nbf: seconds(60) }],
    ['without an end', { exp: undefined }],
    ['without a mail address', { email: undefined }],
    ['whose address is not verified', { email_verified: false }],
    ['that does not say whether its address is verified', { email_verified: undefined }],
    ['whose address is longer than any', { email: `${'a'.repeat(250)}@acme.example` }],
  ])('vouches for nobody by a token %s', async (_, change) => {
    expect(await identities.mailOf(await token(change), signIn)).toBeUndefined();
  });

  it('takes the silence of an issuer that policy trusts for yes, and a no for no', async () => {
    const trusted = { ...signIn, assumeVerifiedMail: true };

    expect(await identities.mailOf(await token({ email_verified: undefined }), trusted)).toBe('lead@acme.example');
    expect(await identities.mailOf(await token({ email_verified: false }), trusted)).toBeUndefined();
  });

  it('says that the issuer cannot be asked where its keys are out of reach or unreadable, instead of no', async () => {
    const origin = new URL(signIn.jwksUri).origin;
    for (const jwksUri of ['http://127.0.0.1:1/keys', `${origin}/down`, `${origin}/rubbish`])
      await expect(identities.mailOf(await token(), { ...signIn, jwksUri }), jwksUri).rejects.toMatchObject({ name: 'IssuerUnreachable' });
  });

  it('vouches for nobody by a token of another key, without a signature, or that is none', async () => {
    const other = await generateKeyPair('ES256');

    expect(await identities.mailOf(await token({}, other.privateKey), signIn)).toBeUndefined();
    expect(await identities.mailOf(new UnsecuredJWT(good).encode(), signIn)).toBeUndefined();
    expect(await identities.mailOf('not.a.token', signIn)).toBeUndefined();
  });
});
