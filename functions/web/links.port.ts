/** Signs links. A MAC proves only that we made the link: the record decides what the link may still do. */
export interface LinkSigner {
  /** The key that signs now. */
  readonly currentKeyId: string;
  /** Returns a MAC (base64url) of the message by the current key, and that key's id. */
  sign(message: Uint8Array): Promise<{ readonly keyId: string; readonly mac: string }>;
  /** Checks a MAC by one of our keys. A foreign key id makes the same call and returns false. */
  verify(message: Uint8Array, keyId: string, mac: string): Promise<boolean>;
}
