import { join } from 'node:path';
import { checkNames, checkOut, exitStatus, type FixCheckName, runCheck } from './checks.ts';
import { S3JobBucket } from './job-bucket.ts';

const step = process.argv[2] ?? '';
const work = join(process.cwd(), 'work');
const imageModules = process.env.SLUICE_IMAGE_MODULES;

if (step === 'checkout') {
  await checkOut(work, new S3JobBucket(), imageModules);
} else if ((checkNames as readonly string[]).includes(step)) {
  const summary = runCheck(step as FixCheckName, work, imageModules);
  console.log(JSON.stringify(summary));
  process.exitCode = exitStatus[summary.verdict];
} else {
  throw new Error(`test-fix: the step must be one of checkout, ${checkNames.join(', ')}`);
}
