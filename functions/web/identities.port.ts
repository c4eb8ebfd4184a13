import type { SignIn } from '#policy/policy';

/** Who somebody is, by the word of an issuer that an environment trusts. */
export interface Identities {
  /** Answers the mail address that a token of that issuer, for us and still valid, vouches for; with a nonce, only of the token that was made for it. Throws IssuerUnreachable. */
  mailOf(token: string, signIn: SignIn, nonce?: string): Promise<string | undefined>;
}
