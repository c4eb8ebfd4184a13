import { matchesArn, matchesText } from './wildcard.ts';

type OneOrMore = string | readonly string[];

/** The condition block of a statement: operator, key, accepted values. */
export type Condition = Readonly<Record<string, Readonly<Record<string, OneOrMore>>>>;

type Test = (wanted: string, actual: string) => boolean;

const TESTS: Readonly<Record<string, Test>> = {
  StringEquals: (wanted, actual) => wanted === actual,
  // Every key has one value here. Several values, as the sources of one PutEvents, make several needs.
  'ForAnyValue:StringEquals': (wanted, actual) => wanted === actual,
  StringLike: matchesText,
  ArnEquals: matchesArn,
  ArnLike: matchesArn,
  ArnNotEquals: matchesArn,
  Bool: (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase(),
};

const NEGATED = new Set(['ArnNotEquals']);

/** The facts of a call that the endpoint knows. A condition on any other fact is refused at the start. */
const KEYS = [
  'aws:sourcearn',
  'aws:sourceaccount',
  'aws:securetransport',
  'aws:principalarn',
  'dynamodb:enclosingoperation',
  'events:source',
  'iam:passedtoservice',
];

/** True if every condition holds. As on AWS, a key that the call lacks fails a condition and meets a negated one. */
export function conditionsHold(condition: Condition | undefined, context: Readonly<Record<string, string>>): boolean {
  return Object.entries(condition ?? {}).every(([operator, keys]) => {
    const test = testOf(operator);
    return Object.entries(keys).every(([key, wanted]) => {
      const actual = context[knownKey(key)];
      const met = actual !== undefined && [wanted].flat().some((value) => test(String(value), actual));
      return met !== NEGATED.has(operator);
    });
  });
}

/** Throws an error that names the first operator or key that is not evaluated here. */
export function checkCondition(condition: Condition | undefined): void {
  for (const [operator, keys] of Object.entries(condition ?? {})) {
    testOf(operator);
    Object.keys(keys).forEach(knownKey);
  }
}

function testOf(operator: string): Test {
  const test = Object.hasOwn(TESTS, operator) ? TESTS[operator] : undefined;
  if (!test) throw new Error(`the condition operator ${operator} is not evaluated locally`);
  return test;
}

function knownKey(key: string): string {
  const name = key.toLowerCase();
  if (!KEYS.includes(name)) throw new Error(`the condition key ${key} is not evaluated locally`);
  return name;
}
