import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFix } from '#fix/jobs/fix';
import { basicOf, type PrivateRepository, servePrivately } from '../../../fixtures/private-repository.ts';
import { exampleIssue, imageModules, MemoryBucket, noSecrets, show, storefront, sweep } from './stage.ts';

const token = 'github_pat_11ABCDEF';
const secretNames = [token, basicOf(token)];
const name = 'sluice/git/storefront';

let repository: ReturnType<typeof storefront>;
let served: PrivateRepository;
beforeAll(async () => {
  repository = storefront();
  served = await servePrivately(repository.path, token);
});
afterAll(() => {
  served.close();
  sweep();
});

const holding = (secret: string) => ({ readSecret: async (asked: string) => (asked === name ? secret : Promise.reject(new Error(asked))) });
const bucketFor = (more: { repositoryUrl?: string; repositoryTokenSecret?: string }) => {
  const brief = { deploymentId: 'auto-deploy-1', repositoryUrl: served.url, issue: exampleIssue('a-failed-check.json') };
  return new MemoryBucket({ ...brief, ...more });
};

/** Every file below a folder that holds the token in clear or as it travels. */
const telling = (folder: string) =>
  (readdirSync(folder, { recursive: true }) as string[])
    .filter((file) => statSync(join(folder, file)).isFile())
    .filter((file) => secretNames.some((secret) => readFileSync(join(folder, file)).includes(secret)));

describe('a private repository', () => {
  it('is cloned from and pushed to with the token, which is in nothing that is stored', async () => {
    const bucket = bucketFor({ repositoryTokenSecret: name });

    const fix = await makeFix(bucket, holding(`${token}\n`), imageModules);

    expect(show(repository.path, 'rev-parse', fix.branch)).toBe(fix.commit);
    const stored = [...bucket.objects].filter(([, bytes]) => secretNames.some((secret) => bytes.includes(secret)));
    expect(bucket.objects.size).toBe(7);
    expect(stored).toEqual([]);
    expect(telling(dirname(repository.path))).toEqual([]);
  });

  it('is refused without a token, by an error that says what to do', async () => {
    await expect(makeFix(bucketFor({}), noSecrets, imageModules)).rejects.toThrow(
      "a private repository needs repositoryTokenSecret in the application's configuration",
    );
  });

  it('is refused with another token, by an error that names the secret and repeats nothing of it', async () => {
    const wrong = 'github_pat_22WRONG';

    const refused = await makeFix(bucketFor({ repositoryTokenSecret: name }), holding(wrong), imageModules).then(() => '', String);

    expect(refused).toContain('the secret sluice/git/storefront must hold a token, or user:token, that may read this repository');
    expect(refused).not.toContain(wrong);
    expect(refused).not.toContain(basicOf(wrong));
  });

  it('takes user:token where its host wants a name', async () => {
    const bucket = bucketFor({ repositoryTokenSecret: name });

    await expect(makeFix(bucket, holding(`x-access-token:${token}`), imageModules)).resolves.toMatchObject({
      branch: 'sluice/auto-deploy-1',
    });
  });

  it.each(['http://git.example/storefront.git', '/repositories/storefront.git', 'http://127.0.0.1@git.example/storefront.git'])(
    'is sent no token by %s, which others could read',
    async (repositoryUrl) => {
      const bucket = bucketFor({ repositoryUrl, repositoryTokenSecret: name });

      await expect(makeFix(bucket, holding(token), imageModules)).rejects.toThrow('a token travels over https only');
    },
  );
});
