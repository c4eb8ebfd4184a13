import { dependenciesOf, type Json } from './references.ts';

/** A synthesized CloudFormation template, as much of it as one machine needs. */
export interface Template {
  readonly Transform?: Json;
  readonly Parameters?: Record<string, { Type: string; Default?: string }>;
  readonly Mappings?: Record<string, Record<string, Record<string, Json>>>;
  readonly Conditions?: Record<string, Json>;
  readonly Resources: Record<string, TemplateEntry>;
  readonly Outputs?: Record<string, { Value: Json; Condition?: string }>;
}

export interface TemplateEntry {
  readonly Type: string;
  readonly Properties?: Json;
  readonly DependsOn?: string | string[];
  readonly Condition?: string;
}

/** Lists the logical ids so that each comes after its references. A cycle is an error that names it. */
export function creationOrder(resources: Record<string, TemplateEntry>): string[] {
  const done = new Set<string>();
  const visit = (id: string, path: string[]) => {
    if (done.has(id)) return;
    if (path.includes(id)) throw new Error(`Circular dependency: ${[...path, id].join(' → ')}`);
    for (const needed of neededBy(resources[id])) if (resources[needed]) visit(needed, [...path, id]);
    done.add(id);
  };
  for (const id of Object.keys(resources)) visit(id, []);
  return [...done];
}

/** Lists the logical ids that a resource must come after. */
export const neededBy = (entry: TemplateEntry | undefined) => [...[entry?.DependsOn ?? []].flat(), ...dependenciesOf(entry?.Properties)];
