import { GenerateMacCommand, type KMSClient, KMSInvalidMacException, VerifyMacCommand } from '@aws-sdk/client-kms';
import type { LinkSigner } from './links.port.ts';

const MAC_ALGORITHM = 'HMAC_SHA_256';

/**
 * Makes MACs of links with the current KMS HMAC key: the first id signs.
 * The other ids only verify, until their links have ended.
 */
export class KmsLinkSigner implements LinkSigner {
  readonly currentKeyId: string;
  readonly #kms: KMSClient;
  readonly #ours: ReadonlySet<string>;

  constructor(kms: KMSClient, keyIds: string) {
    const [current = '', ...previous] = keyIds.split(',');
    this.currentKeyId = current;
    this.#kms = kms;
    this.#ours = new Set([current, ...previous]);
  }

  async sign(message: Uint8Array) {
    const KeyId = this.currentKeyId;
    const made = await this.#kms.send(new GenerateMacCommand({ KeyId, MacAlgorithm: MAC_ALGORITHM, Message: message }));
    return { keyId: KeyId, mac: Buffer.from(made.Mac ?? []).toString('base64url') };
  }

  async verify(message: Uint8Array, keyId: string, mac: string): Promise<boolean> {
    const ours = this.#ours.has(keyId);
    const KeyId = ours ? keyId : this.currentKeyId;
    try {
      const checked = await this.#kms.send(
        new VerifyMacCommand({ KeyId, MacAlgorithm: MAC_ALGORITHM, Message: message, Mac: Buffer.from(mac, 'base64url') }),
      );
      return ours && checked.MacValid === true;
    } catch (error) {
      if (error instanceof KMSInvalidMacException) return false;
      throw error;
    }
  }
}
