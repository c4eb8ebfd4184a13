import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allDenied, notedRights, type Rights, unnoticed, unused } from './rights.ts';

/** Runs all scenarios, then prints denied calls and unused grants of the roles. Exits with 1 if there are any. */
async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-assembly-'));
  const failed = await runScenarios(folder);
  const runs = notedRights(folder);
  rmSync(folder, { recursive: true, force: true });
  return Math.max(failed, print(runs));
}

async function runScenarios(folder: string): Promise<number> {
  const vitest = join(createRequire(import.meta.url).resolve('vitest/package.json'), '../vitest.mjs');
  const env = { ...process.env, SLUICE_CLOUD_ASSEMBLY: folder };
  const child = spawn(process.execPath, [vitest, 'run', 'test/scenario/'], { stdio: 'inherit', env });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

function print(runs: readonly Rights[]): number {
  const denied = allDenied(runs);
  for (const { message, missing } of denied) console.log(`denied: ${message}\n  missing: ${JSON.stringify(missing)}`);
  const { unexplained, explained } = unused(runs);
  const reasons = Object.entries(Object.groupBy(explained, ({ because }) => because));
  for (const [because, grants = []] of reasons)
    console.log(`${grants.length} grants unused, because ${because}: ${[...new Set(grants.map(({ action }) => action))].join(', ')}`);
  for (const { action, role } of unexplained) console.log(`unused grant: ${action} of ${role}`);
  for (const { role, statement } of unnoticed(runs))
    console.log(`no scenario needs this statement of ${role}: ${JSON.stringify(statement)}`);
  const exercised = new Set(runs.flatMap(({ exercised }) => exercised.map(({ caller, need }) => `${caller} ${need.action}`)));
  console.log(`${runs.length} runs: ${exercised.size} grants exercised, ${denied.length} denied, ${unexplained.length} unused`);
  return denied.length + unexplained.length > 0 ? 1 : 0;
}

process.exitCode = await main();
