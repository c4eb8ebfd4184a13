import { readFileSync } from 'node:fs';

export const machineNames = ['deployment', 'release', 'approval', 'rollback'] as const;
export type MachineName = (typeof machineNames)[number];

const textOf = (file: string) => readFileSync(new URL(`./${file}`, import.meta.url), 'utf8');

/** Reads the file of one machine, which is valid JSON and valid ASL. */
export const rawDefinition = (name: MachineName): string => textOf(`${name}.asl.json`);

/** True for the marker that `definition` replaces by the shared retry. */
const isMarker = (value: unknown): boolean => JSON.stringify(value) === JSON.stringify({ ErrorEquals: ['$' + '{SharedRetry}'] });

/**
 * Reads one machine with the shared retry in place of each marker.
 * Five retries after 1, 2, 4, 8 and 16 s outlast a burst of throttling; full jitter spreads the retries of many tasks.
 */
export function definition(name: MachineName): string {
  const sharedRetry: unknown = JSON.parse(textOf('shared-retry.json'));
  const expanded: unknown = JSON.parse(rawDefinition(name), (_key, value: unknown) => (isMarker(value) ? sharedRetry : value));
  return JSON.stringify(expanded, undefined, 2);
}

/** Lists the `${Name}` placeholders that CloudFormation fills. Each is part of a JSON string. */
export function placeholdersOf(name: MachineName): string[] {
  return [...new Set([...definition(name).matchAll(/\$\{(\w+)\}/g)].map((match) => match[1] as string))].sort();
}
