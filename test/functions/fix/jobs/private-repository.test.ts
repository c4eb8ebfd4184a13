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

/** Lists the files below a folder that hold the token, in clear or in Base64. */
const telling = (folder: string) =>
  (readdirSync(folder, { recursive: true }) as string[])
    .filter((file) => statSync(join(folder, file)).isFile())
    .filter((file) => secretNames.some((secret) => readFileSync(join(folder, file)).includes(secret)));

describe('makeFix with a private repository', () => {
  it('clones and pushes with the token and stores it nowhere', async () => {
    const bucket = bucketFor({ repositoryTokenSecret: name });

    const fix = await makeFix(bucket, holding(`${token}\n`), imageModules);

    expect(show(repository.path, 'rev-parse', fix.branch)).toBe(fix.commit);
    const stored = [...bucket.objects].filter(([, bytes]) => secretNames.some((secret) => bytes.includes(secret)));
    expect(bucket.objects.size).toBe(7);
    expect(stored).toEqual([]);
    expect(telling(dirname(repository.path))).toEqual([]);
  });

  it('fails without a token, with an error that says what to do', async () => {
    await expect(makeFix(bucketFor({}), noSecrets, imageModules)).rejects.toThrow(
      "a private repository needs repositoryTokenSecret in the application's configuration",
    );
  });

  it('fails with a wrong token, with an error that names the secret and does not repeat the token', async () => {
    const wrong = 'github_pat_22WRONG';

    const refused = await makeFix(bucketFor({ repositoryTokenSecret: name }), holding(wrong), imageModules).then(() => '', String);

    expect(refused).toContain('the secret sluice/git/storefront must hold a token, or user:token, that may read this repository');
    expect(refused).not.toContain(wrong);
    expect(refused).not.toContain(basicOf(wrong));
  });

  it('sends user:token when the host needs a user name', async () => {
    const bucket = bucketFor({ repositoryTokenSecret: name });

    await expect(makeFix(bucket, holding(`x-access-token:${token}`), imageModules)).resolves.toMatchObject({
      branch: 'sluice/auto-deploy-1',
    });
  });

  it.each(['http://git.example/storefront.git', '/repositories/storefront.git', 'http://127.0.0.1@git.example/storefront.git'])(
    'sends no token to %s, since others could read it',
    async (repositoryUrl) => {
      const bucket = bucketFor({ repositoryUrl, repositoryTokenSecret: name });

      await expect(makeFix(bucket, holding(token), imageModules)).rejects.toThrow('a token is sent over https only');
    },
  );
});
