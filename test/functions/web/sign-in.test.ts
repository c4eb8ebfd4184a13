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

describe('the identity of a token', () => {
  it('returns the mail address of a token that the issuer signed for us', async () => {
    expect(await identities.mailOf(await token(), signIn)).toBe('lead@acme.example');
  });

  it.each([
    ['from another issuer', { iss: 'https://id.evil.example' }],
    ['for another audience', { aud: 'payroll' }],
    ['that has expired', { exp: seconds(-1) }],
    ['that is not valid yet', { nbf: seconds(60) }],
    ['without an end', { exp: undefined }],
    ['without a mail address', { email: undefined }],
    ['with an unverified address', { email_verified: false }],
    ['that does not say if its address is verified', { email_verified: undefined }],
    ['with an address of more than 254 characters', { email: `${'a'.repeat(250)}@acme.example` }],
  ])('returns no address for a token %s', async (_, change) => {
    expect(await identities.mailOf(await token(change), signIn)).toBeUndefined();
  });

  it('returns an address without a verification flag only if the policy trusts the issuer, and never an unverified one', async () => {
    const trusted = { ...signIn, assumeVerifiedMail: true };

    expect(await identities.mailOf(await token({ email_verified: undefined }), trusted)).toBe('lead@acme.example');
    expect(await identities.mailOf(await token({ email_verified: false }), trusted)).toBeUndefined();
  });

  it('throws IssuerUnreachable if the keys of the issuer are unreachable or unreadable', async () => {
    const origin = new URL(signIn.jwksUri).origin;
    for (const jwksUri of ['http://127.0.0.1:1/keys', `${origin}/down`, `${origin}/rubbish`])
      await expect(identities.mailOf(await token(), { ...signIn, jwksUri }), jwksUri).rejects.toMatchObject({ name: 'IssuerUnreachable' });
  });

  it('returns no address for a token by another key, without a signature, or of another form', async () => {
    const other = await generateKeyPair('ES256');

    expect(await identities.mailOf(await token({}, other.privateKey), signIn)).toBeUndefined();
    expect(await identities.mailOf(new UnsecuredJWT(good).encode(), signIn)).toBeUndefined();
    expect(await identities.mailOf('not.a.token', signIn)).toBeUndefined();
  });
});
