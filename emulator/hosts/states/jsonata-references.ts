/** A node of jsonata's syntax tree; its types name only what some nodes have. */
interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly steps?: Node[];
}

/** Parts of a node that are evaluated for each element of something, which is then their context. */
const IN_CONTEXT = new Set(['predicate', 'stages', 'group', 'terms', 'pattern', 'update', 'delete']);

/** Lists names that stand where JSONata has no context: AWS refuses them, because input comes only as `$states`. */
export function topLevelReferences(node: unknown, inContext = false): string[] {
  if (Array.isArray(node)) return node.flatMap((element) => topLevelReferences(element, inContext));
  if (node === null || typeof node !== 'object') return [];
  const { type, value, steps } = node as Node;
  if (type === 'name' && !inContext) return [String(value)];
  if (type === 'variable' && (value === '$' || (value === '' && !inContext))) return [`$${value}`];
  const [first, ...rest] = steps ?? [];
  const [field] = first?.type === 'variable' && first.value === 'states' ? rest : [];
  const others = Object.entries(node).filter(([part]) => part !== 'steps' && part !== 'value');
  return [
    ...(field?.type === 'name' ? [`$states.${field.value}`] : []),
    ...topLevelReferences(first, inContext),
    ...topLevelReferences(rest, true),
    ...others.flatMap(([part, inner]) => topLevelReferences(inner, inContext || IN_CONTEXT.has(part))),
  ];
}
