export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** True if an object is one intrinsic function call, not plain data. */
export function isIntrinsic(value: Record<string, Json>): boolean {
  const [name, ...more] = Object.keys(value);
  if (name === undefined || more.length > 0) return false;
  return name === 'Ref' || name.startsWith('Fn::') || (name === 'Condition' && typeof value[name] === 'string');
}

/** Lists the names that a value refers to by Ref, Fn::GetAtt or Fn::Sub. */
export function dependenciesOf(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(dependenciesOf);
  if (value === null || value === undefined || typeof value !== 'object') return [];
  if (isIntrinsic(value)) {
    const [name, argument] = Object.entries(value)[0] as [string, Json];
    if (name === 'Ref') return [String(argument)];
    if (name === 'Fn::GetAtt') return [String(Array.isArray(argument) ? argument[0] : argument).split('.')[0] ?? ''];
    if (name === 'Fn::Sub') return [...namesIn(Array.isArray(argument) ? argument[0] : argument), ...dependenciesOf(argument)];
  }
  return Object.values(value).flatMap(dependenciesOf);
}

const namesIn = (template: Json | undefined) =>
  [...String(template).matchAll(/\$\{([^!}][^}]*)\}/g)].map(([, name = '']) => name.trim().split('.')[0] ?? '');
