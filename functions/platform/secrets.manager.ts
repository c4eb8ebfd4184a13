import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretUnreadable } from './errors.ts';
import type { Secrets } from './secrets.port.ts';

/** Reads secrets from AWS Secrets Manager. It caches nothing, so a rotated secret takes effect at once. */
export class SecretsManagerSecrets implements Secrets {
  readonly #client: SecretsManagerClient;

  constructor(client: SecretsManagerClient) {
    this.#client = client;
  }

  async readSecret(name: string): Promise<string> {
    const response = await this.#client.send(new GetSecretValueCommand({ SecretId: name })).catch((cause: Error) => {
      throw new SecretUnreadable(name, cause);
    });
    if (!response.SecretString) throw new SecretUnreadable(name, new Error('it holds no text'));
    return response.SecretString;
  }
}
