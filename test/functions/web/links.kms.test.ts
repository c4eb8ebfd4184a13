import { createHmac } from 'node:crypto';
import { GenerateMacCommand, KMSClient, KMSInvalidMacException, VerifyMacCommand } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { KmsLinkSigner } from '#web/links.kms';

const kms = mockClient(KMSClient);
const client = new KMSClient({ region: 'us-east-1' });
const signer = new KmsLinkSigner(client, 'key-1');
const rotated = new KmsLinkSigner(client, 'key-1,key-0');
const refusal = { message: 'refused', $metadata: {} };
const macOf = (key: string, message: Uint8Array) => createHmac('sha256', key).update(message).digest();

beforeEach(() => kms.reset());

describe('KmsLinkSigner', () => {
  it('signs by the current key and verifies by the key that a link names', async () => {
    kms.on(GenerateMacCommand).resolves({ Mac: Buffer.from([251, 255]) });
    kms.on(VerifyMacCommand).resolves({ MacValid: true });

    expect(await rotated.sign(Buffer.from('m'))).toEqual({ keyId: 'key-1', mac: '-_8' });
    expect(await rotated.verify(Buffer.from('m'), 'key-0', '-_8')).toBe(true);
    expect(kms.commandCalls(VerifyMacCommand)[0]?.args[0].input).toMatchObject({ KeyId: 'key-0', MacAlgorithm: 'HMAC_SHA_256' });
  });

  it('refuses a key that is not ours even if KMS accepts it, after the same call', async () => {
    kms.on(VerifyMacCommand).resolves({ MacValid: true });

    for (const keyId of ['arn:aws:kms:us-east-1:999999999999:key/theirs', 'alias/ours', 'key-1,key-0', ''])
      expect(await rotated.verify(Buffer.from('m'), keyId, 'x')).toBe(false);
    expect(kms.commandCalls(VerifyMacCommand).map(({ args }) => args[0].input.KeyId)).toEqual(['key-1', 'key-1', 'key-1', 'key-1']);
  });

  it('returns false for a link with a wrong MAC, and throws when KMS fails', async () => {
    kms
      .on(VerifyMacCommand)
      .rejectsOnce(new KMSInvalidMacException({ message: 'no', $metadata: {} }))
      .rejects(new Error('KMSInternal'));

    expect(await rotated.verify(Buffer.from('m'), 'k', 'x')).toBe(false);
    await expect(rotated.verify(Buffer.from('m'), 'k', 'x')).rejects.toThrow('KMSInternal');
  });

  it('sends the message to KMS with the algorithm HMAC_SHA_256', async () => {
    kms.on(GenerateMacCommand).resolves({ Mac: Buffer.from('mac') });
    await signer.sign(Buffer.from('m'));

    expect(kms.commandCalls(GenerateMacCommand)[0]?.args[0].input).toEqual({
      KeyId: 'key-1',
      MacAlgorithm: 'HMAC_SHA_256',
      Message: Buffer.from('m'),
    });
  });

  it('refuses a MAC unless KMS says that it is valid', async () => {
    kms.on(VerifyMacCommand).resolvesOnce({}).resolves({ MacValid: false });

    expect(await signer.verify(Buffer.from('m'), 'key-1', 'AA')).toBe(false);
    expect(await signer.verify(Buffer.from('m'), 'key-1', 'AA')).toBe(false);
  });

  it('verifies only the messages that it signed', async () => {
    kms.on(GenerateMacCommand).callsFake(({ KeyId, Message }) => ({ Mac: macOf(KeyId, Message) }));
    kms.on(VerifyMacCommand).callsFake(({ KeyId, Message, Mac }) => {
      if (!macOf(KeyId, Message).equals(Mac)) throw new KMSInvalidMacException(refusal);
      return { MacValid: true };
    });

    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), async (message, other) => {
        const { keyId, mac } = await signer.sign(message);

        expect(await signer.verify(message, keyId, mac)).toBe(true);
        expect(await signer.verify(message, 'key-2', mac)).toBe(false);
        expect(await signer.verify(other, keyId, mac)).toBe(Buffer.from(message).equals(Buffer.from(other)));
      }),
      { seed: 15, numRuns: 50 },
    );
  });
});
