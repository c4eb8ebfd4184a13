import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretsManagerSecrets } from '#platform/secrets.manager';
import { makeFix } from './fix.ts';
import { S3JobBucket } from './job-bucket.ts';

const { commit, baseCommit, branch } = await makeFix(
  new S3JobBucket(),
  new SecretsManagerSecrets(new SecretsManagerClient()),
  process.env.SLUICE_IMAGE_MODULES,
);
console.log(`fix ${commit} on ${baseCommit}, branch ${branch}`);
