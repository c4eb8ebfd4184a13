/** Signs what a link says; a link proves only that we made it, the record decides what it may still do. */
export interface LinkSigner {
  /** The key that signs now. */
  readonly currentKeyId: string;
  /** Answers a MAC (base64url) over the message by the current key, and that key's id. */
  sign(message: Uint8Array): Promise<{ readonly keyId: string; readonly mac: string }>;
  /** Checks a MAC by one of our own keys; any other key's id costs the same call and returns false. */
  verify(message: Uint8Array, keyId: string, mac: string): Promise<boolean>;
}
