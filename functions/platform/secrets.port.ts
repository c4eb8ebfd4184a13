/** What is written down as the name of a secret, and read only by the step that uses it. */
export interface Secrets {
  /** Throws SecretUnreadable; the message names the secret and never its value. */
  readSecret(name: string): Promise<string>;
}
