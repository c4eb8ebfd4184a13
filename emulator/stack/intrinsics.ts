import { isIntrinsic, type Json } from './references.ts';
import type { Template } from './template.ts';

/** The values against which intrinsic functions are resolved. */
export interface Scope {
  readonly template: Template;
  readonly pseudoParameters: Record<string, string>;
  readonly resource: (logicalId: string) => { ref: string; attributes: Record<string, string> } | undefined;
}

/**
 * Names the intrinsic functions that this emulator cannot resolve, each once. An `Fn::If` counts by its chosen branch.
 */
export function unknownIntrinsics(value: Json | undefined, scope: Scope): string[] {
  if (value === null || typeof value !== 'object') return [];
  const inner = () => Object.values(value).flatMap((part) => unknownIntrinsics(part, scope));
  if (Array.isArray(value) || !isIntrinsic(value)) return [...new Set(inner())];
  const [name, argument] = Object.entries(value)[0] as [string, Json];
  if (name === 'Fn::If') return unknownIntrinsics(branchOf(argument, scope), scope);
  return [...new Set([...(Object.hasOwn(INTRINSICS, name) ? [] : [name]), ...inner()])];
}

const NO_VALUE = Symbol('AWS::NoValue');
type Resolved = Json | typeof NO_VALUE;

/** Replaces every intrinsic function in a value by its result, as CloudFormation does. */
export function resolve(value: Json | undefined, scope: Scope): Json {
  const resolved = resolveValue(value ?? null, scope);
  return resolved === NO_VALUE ? null : resolved;
}

/** Decides one of the template's conditions. */
export function conditionHolds(name: string, scope: Scope): boolean {
  const condition = scope.template.Conditions?.[name];
  if (condition === undefined) throw new Error(`The template has no condition ${name}`);
  return resolve(condition, scope) === true;
}

function resolveValue(value: Json, scope: Scope): Resolved {
  if (Array.isArray(value)) return value.map((item) => resolveValue(item, scope)).filter((item) => item !== NO_VALUE);
  if (value === null || typeof value !== 'object') return value;
  if (!isIntrinsic(value)) return resolveEntries(value, scope);
  const [name, argument] = Object.entries(value)[0] as [string, Json];
  const intrinsic = INTRINSICS[name];
  if (!intrinsic) throw new Error(`The intrinsic function ${name} is not supported locally: ${JSON.stringify(value)}`);
  return intrinsic(argument, scope);
}

function resolveEntries(value: Record<string, Json>, scope: Scope): Json {
  const entries = Object.entries(value).map(([key, item]) => [key, resolveValue(item, scope)] as const);
  return Object.fromEntries(entries.filter((entry): entry is readonly [string, Json] => entry[1] !== NO_VALUE));
}

function text(value: Json, scope: Scope): string {
  const resolved = resolveValue(value, scope);
  if (typeof resolved === 'string' || typeof resolved === 'number' || typeof resolved === 'boolean') return String(resolved);
  throw new Error(`Expected a string: ${JSON.stringify(value)}`);
}

function list(value: Json | undefined, scope: Scope): Json[] {
  const resolved = resolve(value, scope);
  if (Array.isArray(resolved)) return resolved;
  throw new Error(`Expected a list: ${JSON.stringify(value)}`);
}

function ref(name: string, scope: Scope): Resolved {
  if (name === 'AWS::NoValue') return NO_VALUE;
  const parameter = scope.template.Parameters?.[name];
  const given = scope.pseudoParameters[name] ?? parameter?.Default;
  if (given !== undefined) return given;
  if (parameter) throw new Error(`The parameter ${name} has no default value`);
  return hosted(name, scope).ref;
}

function hosted(logicalId: string, scope: Scope) {
  const resource = scope.resource(logicalId);
  if (!resource) throw new Error(`Nothing in the template is called ${logicalId}, or it has no value yet`);
  return resource;
}

function getAtt(argument: Json, scope: Scope): string {
  const [id = '', ...rest] = Array.isArray(argument) ? argument.map((part) => text(part, scope)) : splitAtDot(String(argument));
  const name = rest.join('.');
  const value = hosted(id, scope).attributes[name];
  if (value === undefined) throw new Error(`${id} has no attribute ${name}`);
  return value;
}

function splitAtDot(name: string): string[] {
  const at = name.indexOf('.');
  return at < 0 ? [name] : [name.slice(0, at), name.slice(at + 1)];
}

function sub(argument: Json, scope: Scope): string {
  const [template, variables] = Array.isArray(argument) ? argument : [argument];
  const own = (variables ?? {}) as Record<string, Json>;
  return String(template).replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, raw: string) => {
    const name = raw.trim();
    if (literal) return `\${${raw}}`;
    if (Object.hasOwn(own, name)) return text(own[name] as Json, scope);
    return name.includes('.') ? getAtt(name, scope) : String(ref(name, scope));
  });
}

function select(argument: Json, scope: Scope): Json {
  const [index, items] = argument as [Json, Json];
  const item = list(items, scope)[Number(text(index, scope))];
  if (item === undefined) throw new Error(`Fn::Select is out of range: ${JSON.stringify(argument)}`);
  return item;
}

function findInMap(argument: Json, scope: Scope): Json {
  const [map = '', first = '', second = ''] = list(argument, scope).map(String);
  const value = scope.template.Mappings?.[map]?.[first]?.[second];
  if (value === undefined) throw new Error(`The template maps nothing to ${[map, first, second].join('.')}`);
  return value;
}

function branchOf(argument: Json, scope: Scope): Json {
  const [condition, yes, no] = listOf(argument);
  return (conditionHolds(String(condition), scope) ? yes : no) ?? null;
}

const both = (argument: Json, scope: Scope) => list(argument, scope);
const listOf = (argument: Json) => argument as Json[];

const INTRINSICS: Record<string, (argument: Json, scope: Scope) => Resolved> = {
  Ref: (argument, scope) => ref(String(argument), scope),
  Condition: (argument, scope) => conditionHolds(String(argument), scope),
  'Fn::GetAtt': getAtt,
  'Fn::Sub': sub,
  'Fn::Join': (argument, scope) =>
    list(listOf(argument)[1], scope)
      .map(String)
      .join(String(listOf(argument)[0])),
  'Fn::Select': select,
  'Fn::Split': (argument, scope) => text(listOf(argument)[1] ?? '', scope).split(String(listOf(argument)[0])),
  'Fn::FindInMap': findInMap,
  'Fn::Base64': (argument, scope) => Buffer.from(text(argument, scope)).toString('base64'),
  'Fn::If': (argument, scope) => resolveValue(branchOf(argument, scope), scope),
  'Fn::Equals': (argument, scope) => {
    const [left, right] = both(argument, scope);
    return String(left) === String(right);
  },
  'Fn::And': (argument, scope) => both(argument, scope).every((value) => value === true),
  'Fn::Or': (argument, scope) => both(argument, scope).some((value) => value === true),
  'Fn::Not': (argument, scope) => both(argument, scope)[0] !== true,
  'Fn::GetAZs': (_, scope) => ['a', 'b', 'c'].map((zone) => `${scope.pseudoParameters['AWS::Region']}${zone}`),
};
