/** Reads secrets by name. Configurations hold only names; the step that uses a secret reads it. */
export interface Secrets {
  /** If it fails, throws SecretUnreadable. The message names the secret and never its value. */
  readSecret(name: string): Promise<string>;
}
