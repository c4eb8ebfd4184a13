import { ApiError } from '../host.ts';
import type { Request } from './wire.ts';

interface Expression {
  type?: string;
  args?: unknown[];
}

const COMPARISONS = new Set(['=', '<>', 'in']);

/** Refuses to compare whole maps and lists: dynalite compares them by identity and would answer wrongly without a word. */
export function refuseDocumentComparison({ _condition, _filter }: Request): void {
  for (const parsed of [_condition, _filter] as ({ expression: Expression } | undefined)[])
    if (parsed && comparesDocument(parsed.expression))
      throw new ApiError('ValidationException', 'Comparing a whole map or list in an expression is not supported by the local DynamoDB');
}

function comparesDocument({ type, args = [] }: Expression): boolean {
  const isDocument = (arg: unknown) => typeof arg === 'object' && arg !== null && ('M' in arg || 'L' in arg);
  if (type && COMPARISONS.has(type) && args.some(isDocument)) return true;
  return args.some((arg) => typeof arg === 'object' && arg !== null && !Array.isArray(arg) && comparesDocument(arg as Expression));
}
