import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import type { McpAuthentication } from '#ports/applications';
import type { OAuth } from '#ports/endpoint';
import type { Secrets } from '#ports/secrets';
import { type Signer, signedFetch } from '../signed-fetch.ts';
import type { Access } from './tools.ts';

export interface AccessParts {
  readonly signer: Signer;
  readonly secrets: Secrets;
  readonly now: () => Date;
}

/** A secret that was rotated counts after this at the latest. */
const KEPT_FOR_MS = 300_000;

const kept = new Map<string, { readonly provider: ClientCredentialsProvider; readonly sinceMs: number }>();

/** Makes what authorises requests to one server; tokens are kept between invocations, and the client's secret is read when they are not. */
export function accessTo(authentication: McpAuthentication, { signer, secrets, now }: AccessParts): () => Promise<Access> {
  if (authentication.kind === 'none') return async () => ({});
  if (authentication.kind === 'sigv4') return async () => ({ fetch: signedFetch(signer, authentication, now) });
  return async () => ({ authProvider: await providerOf(authentication, secrets, now().getTime()) });
}

async function providerOf(authentication: OAuth, secrets: Secrets, nowMs: number): Promise<ClientCredentialsProvider> {
  const key = JSON.stringify(authentication);
  const known = kept.get(key);
  if (known && nowMs - known.sinceMs < KEPT_FOR_MS) return known.provider;
  const { clientId, issuer: expectedIssuer, scope } = authentication;
  const clientSecret = await secrets.readSecret(authentication.clientSecret);
  const provider = new ClientCredentialsProvider({ clientId, clientSecret, expectedIssuer, scope, clientName: 'Sluice' });
  kept.set(key, { provider, sinceMs: nowMs });
  return provider;
}
