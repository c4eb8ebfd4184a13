import { BlockList, isIP, isIPv6 } from 'node:net';

type Json = unknown;
type Node = Record<string, Json>;

/** True if an event matches an EventBridge pattern. A pattern that AWS would refuse is an error. */
export function matchesPattern(pattern: Node, event: Json): boolean {
  return Object.entries(pattern).every(([key, condition]) => {
    if (key === '$or' && Array.isArray(condition)) return condition.some((alternative) => matchesPattern(alternative, event));
    const value = isNode(event) && Object.hasOwn(event, key) ? event[key] : undefined;
    if (Array.isArray(condition)) return leafMatches(condition, value);
    if (!isNode(condition)) throw new Error(`Invalid event pattern: ${key} must be an object or an array`);
    // Objects in an array match one at a time, so that all conditions are met by the same one.
    if (Array.isArray(value)) return value.some((item) => matchesPattern(condition, item));
    return matchesPattern(condition, isNode(value) ? value : {});
  });
}

/** Throws when a pattern names an operator that does not exist or is not an object; called when a rule is created. */
export function validatePattern(pattern: Json): void {
  if (!isNode(pattern) || Object.keys(pattern).length === 0) throw new Error('Invalid event pattern: it must be an object with conditions');
  for (const [key, condition] of Object.entries(pattern)) {
    if (key === '$or' && Array.isArray(condition)) condition.forEach(validatePattern);
    else if (Array.isArray(condition)) condition.filter(isNode).flatMap(Object.keys).forEach(operatorCalled);
    else validatePattern(condition);
  }
}

type Operator = (argument: Json, value: Json) => boolean;

const OPERATORS: Record<string, Operator> = {
  prefix: (argument, value) => affix(argument, value, (text, part) => text.startsWith(part)),
  suffix: (argument, value) => affix(argument, value, (text, part) => text.endsWith(part)),
  'equals-ignore-case': (argument, value) => typeof value === 'string' && lower(value) === lower(argument),
  wildcard: (argument, value) => typeof value === 'string' && wildcard(String(argument)).test(value),
  numeric: (argument, value) =>
    typeof value === 'number' && comparisons(argument as Json[]).every(([sign, bound]) => COMPARE[sign]?.(value, bound)),
  cidr: (argument, value) => typeof value === 'string' && inSubnet(String(argument), value),
  'anything-but': anythingBut,
  exists: () => {
    throw new Error('Invalid event pattern: exists stands alone');
  },
};

const COMPARE: Record<string, (value: number, bound: number) => boolean> = {
  '=': (value, bound) => value === bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
};

function leafMatches(conditions: Json[], value: Json): boolean {
  const present = value !== undefined && !isNode(value) && !(Array.isArray(value) && value.every(isNode));
  return conditions.some((condition) => {
    if (isNode(condition) && 'exists' in condition) return condition.exists === present;
    return present && [value].flat().some((item) => valueMatches(condition, item));
  });
}

function valueMatches(condition: Json, value: Json): boolean {
  if (!isNode(condition)) return condition === value;
  return Object.entries(condition).every(([name, argument]) => operatorCalled(name)(argument, value));
}

function operatorCalled(name: string): Operator {
  const operator = OPERATORS[name];
  if (!operator) throw new Error(`Invalid event pattern: there is no operator ${name}`);
  return operator;
}

function anythingBut(argument: Json, value: Json): boolean {
  if (!isNode(argument)) return ![argument].flat().includes(value);
  const [name = '', excluded] = Object.entries(argument)[0] ?? [];
  return typeof value === 'string' && ![excluded].flat().some((item) => operatorCalled(name)(item, value));
}

function affix(argument: Json, value: Json, test: (text: string, part: string) => boolean): boolean {
  if (typeof value !== 'string') return false;
  return isNode(argument) ? test(lower(value), lower(argument['equals-ignore-case'])) : test(value, String(argument));
}

function comparisons(argument: Json[]): [string, number][] {
  return Array.from({ length: argument.length / 2 }, (_, pair) => [String(argument[2 * pair]), Number(argument[2 * pair + 1])]);
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replace(/\\([*\\])|[.+?^${}()|[\]\\]|\*/g, (sign, literal) => {
    if (literal) return `\\${literal}`;
    return sign === '*' ? '[\\s\\S]*' : `\\${sign}`;
  });
  return new RegExp(`^${escaped}$`, 'u');
}

function inSubnet(subnet: string, address: string): boolean {
  const [network = '', bits] = subnet.split('/');
  const family = (ip: string) => (isIPv6(ip) ? 'ipv6' : 'ipv4');
  if (!isIP(address) || family(address) !== family(network)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family(network));
  return list.check(address, family(address));
}

const isNode = (value: Json): value is Node => value !== null && typeof value === 'object' && !Array.isArray(value);
const lower = (value: Json) => String(value).toLowerCase();
