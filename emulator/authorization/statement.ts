import type { Statement } from '../hosts/iam/statements.ts';
import { checkCondition, conditionsHold } from './condition.ts';
import type { Need } from './need.ts';
import { matchesArn, matchesText } from './wildcard.ts';

/**
 * How a resource policy names a caller: directly, or by account, which leaves the decision to the identity's policies.
 */
export type Naming = 'direct' | 'account' | undefined;

const ELEMENTS = ['Sid', 'Effect', 'Action', 'Resource', 'Principal', 'Condition'];

/**
 * Throws an error that names the first part of a statement that is not evaluated here. Otherwise it could allow too
 * much.
 */
export function checkStatement(statement: Statement): void {
  const unknown = Object.keys(statement).find((element) => !ELEMENTS.includes(element));
  if (unknown) throw new Error(`the policy element ${unknown} is not evaluated locally`);
  if (!['Allow', 'Deny'].includes(statement.Effect)) throw new Error(`a statement's effect is Allow or Deny, not ${statement.Effect}`);
  const variable = [statement.Resource ?? []].flat().find((resource) => resource.includes('$' + '{'));
  if (variable) throw new Error(`policy variables are not evaluated locally: ${variable}`);
  for (const kind of kindsOf(statement)) {
    if (!['AWS', 'Service'].includes(kind)) throw new Error(`principals of the kind ${kind} are not evaluated locally`);
  }
  checkCondition(statement.Condition);
}

const kindsOf = ({ Principal }: Statement) => (typeof Principal === 'object' ? Object.keys(Principal) : []);

/** True if a statement covers a need of a call, conditions included. */
export function speaksOf({ Action, Resource, Condition }: Statement, { action, resource, context }: Need): boolean {
  const named = [Action ?? []].flat().some((pattern) => matchesText(pattern.toLowerCase(), action.toLowerCase()));
  if (!named || ![Resource ?? '*'].flat().some((pattern) => matchesArn(pattern, resource))) return false;
  return conditionsHold(Condition, context);
}

/** Finds how a statement of a resource policy names a caller. */
export function namingOf({ Principal = {} }: Statement, caller: string): Naming {
  if (Principal === '*') return 'direct';
  const { AWS = [], Service = [] } = Principal;
  if ([Service].flat().includes(caller)) return 'direct';
  const names = [AWS].flat();
  if (names.includes('*') || names.includes(caller)) return 'direct';
  const account = caller.split(':')[4];
  return account && names.some((name) => name === account || name === `arn:aws:iam::${account}:root`) ? 'account' : undefined;
}
