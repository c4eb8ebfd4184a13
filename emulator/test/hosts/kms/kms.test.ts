import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../../clock/clock.ts';
import { freshFolder, startTemplate } from '../../assembly.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const template = {
  Resources: {
    Links: { Type: 'AWS::KMS::Key', Properties: { KeySpec: 'HMAC_384', KeyUsage: 'GENERATE_VERIFY_MAC' } },
    Queues: { Type: 'AWS::KMS::Key' },
  },
};

it('keeps key material in the data folder, readable by its owner only, so that links survive a restart', async () => {
  const dataDir = freshFolder();
  const request = { MacAlgorithm: 'HMAC_SHA_384', Message: Buffer.from('link') } as const;
  const macs: string[] = [];
  for (let run = 0; run < 2; run++) {
    const runtime = await startTemplate(template, new VirtualClock(START), dataDir);
    const { Mac } = await new KMSClient(runtime.clientConfig()).send(
      new GenerateMacCommand({ KeyId: runtime.resource('Links').ref, ...request }),
    );
    macs.push(Buffer.from(Mac ?? []).toString('hex'));
    await runtime.stop();
  }

  const files = readdirSync(join(dataDir, 'kms')).map((file) => statSync(join(dataDir, 'kms', file)).mode & 0o777);
  expect(macs[0]).toBe(macs[1]);
  expect(macs[0]).toHaveLength(96);
  expect(files).toEqual([0o600, 0o600]);
});

it('refuses a MAC by a key or an algorithm that is not made for it', async () => {
  const runtime = await startTemplate(template, new VirtualClock(START));
  const kms = new KMSClient(runtime.clientConfig());
  const generate = (name: string) =>
    kms.send(new GenerateMacCommand({ KeyId: runtime.resource(name).ref, MacAlgorithm: 'HMAC_SHA_256', Message: Buffer.from('x') }));

  await expect(generate('Queues')).rejects.toMatchObject({ name: 'InvalidKeyUsageException' });
  await expect(generate('Links')).rejects.toMatchObject({ name: 'InvalidKeyUsageException' });
  await runtime.stop();
});
