import { GenerateMacCommand, type KMSClient, KMSInvalidMacException, VerifyMacCommand } from '@aws-sdk/client-kms';
import type { LinkSigner } from '#ports/approvals';

const MAC_ALGORITHM = 'HMAC_SHA_256';

/** Makes and checks link MACs with a KMS HMAC key that never leaves KMS. */
export class KmsLinkSigner implements LinkSigner {
  readonly #kms: KMSClient;
  readonly #keyId: string;

  constructor(kms: KMSClient, keyId: string) {
    this.#kms = kms;
    this.#keyId = keyId;
  }

  async sign(message: Uint8Array) {
    const made = await this.#kms.send(new GenerateMacCommand({ KeyId: this.#keyId, MacAlgorithm: MAC_ALGORITHM, Message: message }));
    return { keyId: this.#keyId, mac: Buffer.from(made.Mac ?? []).toString('base64url') };
  }

  async verify(message: Uint8Array, keyId: string, mac: string): Promise<boolean> {
    try {
      const checked = await this.#kms.send(
        new VerifyMacCommand({ KeyId: keyId, MacAlgorithm: MAC_ALGORITHM, Message: message, Mac: Buffer.from(mac, 'base64url') }),
      );
      return checked.MacValid === true;
    } catch (error) {
      if (error instanceof KMSInvalidMacException) return false;
      throw error;
    }
  }
}
