import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import type { McpAuthentication } from '#ports/applications';
import type { Secrets } from '#ports/secrets';
import { type Signer, signedFetch } from '../signed-fetch.ts';
import type { Access } from './tools.ts';

export interface AccessParts {
  readonly signer: Signer;
  readonly secrets: Secrets;
  readonly now: () => Date;
}

/** Makes what authorises requests to one server; a client's secret is read when it is first needed, and tokens are kept while this process lives. */
export function accessTo(authentication: McpAuthentication, { signer, secrets, now }: AccessParts): () => Promise<Access> {
  if (authentication.kind === 'none') return async () => ({});
  if (authentication.kind === 'sigv4') return async () => ({ fetch: signedFetch(signer, authentication, now) });
  let provider: ClientCredentialsProvider | undefined;
  return async () => {
    const { clientId, issuer: expectedIssuer, scope } = authentication;
    provider ??= new ClientCredentialsProvider({
      clientId,
      clientSecret: await secrets.readSecret(authentication.clientSecret),
      expectedIssuer,
      scope,
      clientName: 'Sluice',
    });
    return { authProvider: provider };
  };
}
