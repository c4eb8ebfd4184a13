import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesise } from '../../infra/app.ts';
import { exerciseEverything } from './permissions-exercise.ts';
import { unused } from './permissions-unused.ts';

/** Runs scenarios, then prints what roles were refused and what they were granted and never used; exits 1 when there is anything of either. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-assembly-'));
  process.env.SLUICE_CLOUD_ASSEMBLY = folder;
  await synthesise(folder);
  const { policies, exercised, denied } = await exerciseEverything();
  rmSync(folder, { recursive: true, force: true });
  for (const { message, missing } of denied) console.log(`denied: ${message}\n  missing: ${JSON.stringify(missing)}`);
  const { unexplained, explained } = unused(policies, exercised);
  for (const { action, role, because } of explained) console.log(`never used, and that is so: ${action} of ${role}: ${because}`);
  for (const { action, role } of unexplained) console.log(`granted and never used: ${action} of ${role}`);
  console.log(`${exercised.length} exercised, ${denied.length} denied, ${unexplained.length} granted and never used`);
  process.exitCode = denied.length + unexplained.length > 0 ? 1 : 0;
}

await main();
process.exit();
