import { isDeepStrictEqual } from 'node:util';
import db from 'dynalite/db/index.js';
import type { AttributeValue, Item } from './wire.ts';

/** A condition or filter as dynalite's parser gives it: operands are paths, literals or `size`. */
export interface Expression {
  type: string;
  name?: string;
  args: (Expression | AttributeValue | (string | number)[])[];
}

type Operand = AttributeValue | undefined;
type Test = (value: Operand, others: Operand[]) => boolean;

const SETS = ['SS', 'NS', 'BS'] as const;

/**
 * Tests an item. dynalite compares maps and lists by identity, and takes `false` and '' for absent, so this is ours.
 */
export function holds({ type, name, args }: Expression, item: Item): boolean {
  if (type === 'and') return args.every((arg) => holds(arg as Expression, item));
  if (type === 'or') return args.some((arg) => holds(arg as Expression, item));
  if (type === 'not') return !holds(args[0] as Expression, item);
  const [value, ...others] = args.map((arg) => operandOf(arg, item));
  const test = TESTS[type === 'function' ? (name ?? '') : type];
  if (!test) throw new Error(`unknown operator ${type} ${name}`);
  return test(value, others);
}

const ordered =
  (operator: string): Test =>
  (value, others) =>
    value !== undefined && others.every((other) => other !== undefined) && db.compare(operator, value, others as AttributeValue[]);

const TESTS: Record<string, Test> = {
  '=': (value, [other]) => equal(value, other),
  '<>': (value, [other]) => !equal(value, other),
  '<': ordered('<'),
  '<=': ordered('<='),
  '>': ordered('>'),
  '>=': ordered('>='),
  between: ordered('between'),
  begins_with: ordered('begins_with'),
  in: (value, others) => others.some((other) => equal(value, other)),
  attribute_exists: (value) => value !== undefined,
  attribute_not_exists: (value) => value === undefined,
  attribute_type: (value, [wanted]) => value !== undefined && Object.keys(value)[0] === wanted?.S,
  contains: (value, [member]) => value !== undefined && member !== undefined && contains(value, member),
};

function operandOf(arg: Expression['args'][number], item: Item): Operand {
  if (Array.isArray(arg)) return db.mapPath(arg, item) ?? undefined;
  if (!('args' in arg)) return arg as AttributeValue;
  const size = sizeOf(operandOf((arg as Expression).args[0] as (string | number)[], item));
  return size === undefined ? undefined : { N: String(size) };
}

function sizeOf(value: Operand): number | undefined {
  if (value?.B !== undefined) return Buffer.byteLength(value.B, 'base64');
  if (value?.M) return Object.keys(value.M).length;
  return (value?.S ?? value?.SS ?? value?.NS ?? value?.BS ?? value?.L)?.length;
}

const equal = (value: Operand, other: Operand): boolean =>
  value !== undefined && other !== undefined && isDeepStrictEqual(unordered(value), unordered(other));

function contains(value: AttributeValue, member: AttributeValue): boolean {
  if (value.S !== undefined) return member.S !== undefined && value.S.includes(member.S);
  if (value.B !== undefined) return member.B !== undefined && Buffer.from(value.B, 'base64').includes(Buffer.from(member.B, 'base64'));
  if (value.L) return value.L.some((each) => equal(each, member));
  return SETS.some((set) => value[set]?.includes(member[set[0] as 'S' | 'N' | 'B'] ?? ''));
}

// Sets are equal in any order, at every depth, and dynalite's objects may have no prototype.
function unordered(value: AttributeValue): unknown {
  if (value.L) return value.L.map(unordered);
  if (value.M) return new Map(Object.entries(value.M).map(([name, member]) => [name, unordered(member)]));
  const set = SETS.find((type) => value[type]);
  return set ? [set, new Set(value[set])] : { ...value };
}
