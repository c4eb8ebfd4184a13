import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesise } from '../../infra/app.ts';

/** Synthesises once for the whole test run. */
export async function setup(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-assembly-'));
  await synthesise(folder);
  process.env.SLUICE_CLOUD_ASSEMBLY = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
