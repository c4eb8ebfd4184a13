import { readFileSync } from 'node:fs';

export const machineNames = ['deployment', 'release', 'approval', 'rollback'] as const;
export type MachineName = (typeof machineNames)[number];

/** Reads one machine as the raw, valid JSON text it is before substitution. */
export function rawDefinition(name: MachineName): string {
  return readFileSync(new URL(`./${name}.asl.json`, import.meta.url), 'utf8');
}

/** Lists the `${Name}` placeholders of a machine; each stands inside a JSON string. */
export function placeholdersOf(name: MachineName): string[] {
  return [...new Set([...rawDefinition(name).matchAll(/\$\{(\w+)\}/g)].map((match) => match[1] as string))].sort();
}
