import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allDenied, notedRights, type Rights, unnoticed, unused } from './rights.ts';

/** Runs all scenarios, then prints what roles were refused and what they were granted and never used; exits 1 when there is anything of either. */
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
    console.log(
      `${grants.length} granted and never used, since ${because}: ${[...new Set(grants.map(({ action }) => action))].join(', ')}`,
    );
  for (const { action, role } of unexplained) console.log(`granted and never used: ${action} of ${role}`);
  for (const { role, statement } of unnoticed(runs)) console.log(`nobody would miss: ${JSON.stringify(statement)} of ${role}`);
  const exercised = new Set(runs.flatMap(({ exercised }) => exercised.map(({ caller, need }) => `${caller} ${need.action}`)));
  console.log(
    `${runs.length} runs: ${exercised.size} grants exercised, ${denied.length} denied, ${unexplained.length} granted and never used`,
  );
  return denied.length + unexplained.length > 0 ? 1 : 0;
}

process.exitCode = await main();
