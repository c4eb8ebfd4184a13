import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { VirtualClock } from '@sluice/emulator';
import { freshFolder, startTemplate } from '@sluice/emulator/testing';
import { expect, it } from 'vitest';
import { SecretsManagerSecrets } from '#platform/secrets.manager';

const clock = () => new VirtualClock(Date.parse('2026-01-01T00:00:00Z'));

it('reads the last stored secret after a restart, from a file that only its owner can read', async () => {
  const dataDir = freshFolder();
  const first = await startTemplate({ Resources: {} }, clock(), dataDir);
  const client = new SecretsManagerClient(first.clientConfig());
  const { ARN } = await client.send(new CreateSecretCommand({ Name: 'sluice/shop/chat', SecretString: 'one' }));
  await client.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: 'two' }));
  await first.stop();

  const second = await startTemplate({ Resources: {} }, clock(), dataDir);
  const secrets = new SecretsManagerSecrets(new SecretsManagerClient(second.clientConfig()));

  expect(await secrets.readSecret('sluice/shop/chat')).toBe('two');
  expect(await secrets.readSecret(ARN as string)).toBe('two');
  await second.stop();
  const folder = join(dataDir, 'secrets-manager');
  expect(readdirSync(folder).map((file) => statSync(join(folder, file)).mode & 0o777)).toEqual([0o600]);
});

it('names the missing secret and says what to do', async () => {
  const runtime = await startTemplate({ Resources: {} }, clock());
  const secrets = new SecretsManagerSecrets(new SecretsManagerClient(runtime.clientConfig()));

  await expect(secrets.readSecret('sluice/shop/chat')).rejects.toMatchObject({
    name: 'SecretUnreadable',
    message: 'the secret sluice/shop/chat cannot be read (ResourceNotFoundException); create it in Secrets Manager under exactly this name',
  });
  await runtime.stop();
});
