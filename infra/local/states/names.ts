import type { Json } from './definition.ts';

/** Writes the first letter of every member name small (the wire's way) or capital (the way of Step Functions). */
export function renamed(value: Json, first: 'small' | 'capital'): Json {
  if (Array.isArray(value)) return value.map((element) => renamed(element, first));
  if (value === null || typeof value !== 'object') return value;
  const change = (name: string) => (first === 'small' ? name.charAt(0).toLowerCase() : name.charAt(0).toUpperCase()) + name.slice(1);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [change(name), renamed(inner, first)]));
}
