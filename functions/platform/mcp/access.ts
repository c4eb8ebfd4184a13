import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import type { McpAuthentication, OAuth } from '#platform/endpoint';
import type { Secrets } from '#platform/secrets.port';
import { type Signer, signedFetch } from '#platform/signed-fetch';
import type { Access } from './session.ts';
import { clientCredentials } from './session.ts';

export interface AccessParts {
  readonly signer: Signer;
  readonly secrets: Secrets;
  readonly now: () => Date;
}

/** After this time at the latest, a rotated secret takes effect. */
const KEPT_FOR_MS = 300_000;

const providers = new Map<string, { readonly provider: OAuthClientProvider; readonly sinceMs: number }>();

/**
 * Makes the access to one server.
 * Invocations share a provider and its tokens; only a new provider reads the client's secret.
 */
export function accessTo(authentication: McpAuthentication, { signer, secrets, now }: AccessParts): () => Promise<Access> {
  if (authentication.kind === 'none') return async () => ({});
  if (authentication.kind === 'sigv4') return async () => ({ fetch: signedFetch(signer, authentication, now) });
  return async () => ({ authProvider: await providerOf(authentication, secrets, now().getTime()) });
}

async function providerOf(authentication: OAuth, secrets: Secrets, nowMs: number): Promise<OAuthClientProvider> {
  const key = JSON.stringify(authentication);
  const known = providers.get(key);
  if (known && nowMs - known.sinceMs < KEPT_FOR_MS) return known.provider;
  const { clientId, issuer: expectedIssuer, scope } = authentication;
  const clientSecret = await secrets.readSecret(authentication.clientSecret);
  const provider = clientCredentials({ clientId, clientSecret, expectedIssuer, scope });
  providers.set(key, { provider, sinceMs: nowMs });
  return provider;
}
