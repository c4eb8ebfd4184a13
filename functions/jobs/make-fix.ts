import { makeFix } from './fix.ts';
import { S3JobBucket } from './job-bucket.ts';

const { commit, baseCommit, branch } = await makeFix(new S3JobBucket(), process.env.SLUICE_IMAGE_MODULES);
console.log(`fix ${commit} on ${baseCommit}, branch ${branch}`);
