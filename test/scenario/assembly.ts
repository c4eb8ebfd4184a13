import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localProducers } from '../../examples/storefront/producers.ts';
import { synthesise } from '../../infra/app.ts';
import { machineNames, rawDefinition } from '../../statemachine/definitions.ts';

const scenarioFiles = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.ts'));

/** Synthesizes once for the whole test run. After all scenarios, it fails if a state was never entered. */
export async function setup(): Promise<() => void> {
  const given = process.env.SLUICE_CLOUD_ASSEMBLY;
  const folder = given ?? mkdtempSync(join(tmpdir(), 'sluice-assembly-'));
  // The tests of the stack validate the template. Other tests only need it.
  process.env.CDK_VALIDATION = 'false';
  await synthesise(folder, { producers: localProducers });
  process.env.SLUICE_CLOUD_ASSEMBLY = folder;
  return () => {
    const notes = readdirSync(folder).filter((file) => file.startsWith('entered-'));
    const entered = new Set(notes.flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as string[]));
    if (!given) rmSync(folder, { recursive: true, force: true });
    const missed = allStates().filter((state) => !entered.has(state));
    if (notes.length < scenarioFiles.length) return;
    if (missed.length > 0) throw new Error(`no scenario enters ${missed.join(', ')}`);
    console.log(`the scenarios entered all states of all machines: ${allStates().length} of ${allStates().length}`);
  };
}

function allStates(): string[] {
  return machineNames.flatMap((name) => {
    const { States } = JSON.parse(rawDefinition(name)) as { States: Record<string, unknown> };
    return Object.keys(States).map((state) => `${name[0]?.toUpperCase()}${name.slice(1)}/${state}`);
  });
}
