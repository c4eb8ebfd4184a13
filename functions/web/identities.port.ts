import type { SignIn } from '#policy/policy';

/** Identities of people, vouched for by an issuer that the environment trusts. */
export interface Identities {
  /**
   * Returns the mail address in a valid token of that issuer for Sluice, or undefined; a given nonce must match.
   * Throws IssuerUnreachable.
   */
  mailOf(token: string, signIn: SignIn, nonce?: string): Promise<string | undefined>;
}
