import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as z from 'zod';
import { IssuerUnreachable } from '#platform/errors';
import type { SignIn } from '#policy/policy';
import type { Identities } from './identities.port.ts';

/** Algorithms with the issuer's published keys only. `none` and shared secrets are refused. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

const claims = z.looseObject({ email: z.string().min(3).max(254), email_verified: z.boolean().optional() });

/** True if the issuer's keys could not be fetched or read. That says nothing about the token. */
const isUnreachable = (error: unknown): error is Error =>
  (error instanceof TypeError && error.message === 'fetch failed') ||
  (error instanceof errors.JOSEError && ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'].includes(error.code));

/** Verifies OpenID Connect tokens against the keys that their issuer publishes. */
export class OidcIdentities implements Identities {
  readonly #now: () => Date;
  readonly #keys = new Map<string, JWTVerifyGetKey>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  async mailOf(
    token: string,
    { issuer, audience, jwksUri, assumeVerifiedMail = false }: SignIn,
    nonce?: string,
  ): Promise<string | undefined> {
    const expected = { issuer, audience, algorithms: ALGORITHMS, requiredClaims: ['exp', 'email'], currentDate: this.#now() };
    try {
      const { payload } = await jwtVerify(token, this.#keysAt(jwksUri), expected);
      if (nonce !== undefined && payload.nonce !== nonce) return undefined;
      const { data } = claims.safeParse(payload);
      return (data?.email_verified ?? assumeVerifiedMail) ? data?.email : undefined;
    } catch (error) {
      if (isUnreachable(error)) throw new IssuerUnreachable(jwksUri, error);
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  #keysAt(uri: string): JWTVerifyGetKey {
    const known = this.#keys.get(uri) ?? createRemoteJWKSet(new URL(uri), { timeoutDuration: 3000 });
    this.#keys.set(uri, known);
    return known;
  }
}
