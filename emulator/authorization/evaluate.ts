import type { Policies, Statement } from '../hosts/iam/statements.ts';
import type { Need } from './need.ts';
import { type Naming, namingOf, speaksOf } from './statement.ts';

type Kind = 'identity-based' | 'resource-based';

/** The decision on one need: the statements that allow it, or the reason why none does. */
export type Decision =
  | { readonly allowed: true; readonly by: readonly Statement[] }
  | { readonly allowed: false; readonly because: string };

/** Decides as AWS does in one account: an explicit deny wins, else the identity's or resource's policy must allow. */
export function evaluate({ identity, resource }: Pick<Policies, 'identity' | 'resource'>, caller: string, wanted: Need): Decision {
  const own = (identity.get(caller) ?? []).filter((statement) => speaksOf(statement, wanted));
  const guards = (resource.get(guardedBy(wanted.resource)) ?? [])
    .filter((statement) => speaksOf(statement, wanted))
    .map((statement) => ({ statement, naming: namingOf(statement, caller) }))
    .filter(({ naming }) => naming !== undefined);
  if (own.some(denies)) return denied('identity-based');
  if (guards.some(({ statement }) => denies(statement))) return denied('resource-based');
  const by = [
    ...(identityCounts(wanted, guards) ? own : []),
    ...guards.flatMap(({ statement, naming }) => (naming === 'direct' ? [statement] : [])),
  ];
  if (by.length > 0) return { allowed: true, by };
  const kind: Kind = isRole(caller) ? 'identity-based' : 'resource-based';
  return { allowed: false, because: `because no ${kind} policy allows the ${wanted.action} action` };
}

const denies = ({ Effect }: Statement) => Effect === 'Deny';
const denied = (kind: Kind): Decision => ({
  allowed: false,
  because: `with an explicit deny in ${kind === 'identity-based' ? 'an' : 'a'} ${kind} policy`,
});

/** Policies of roles say nothing about a KMS key until the key's own policy hands the decision to its account. */
function identityCounts({ resource }: Need, guards: readonly { naming: Naming }[]): boolean {
  return !resource.startsWith('arn:aws:kms:') || guards.some(({ naming }) => naming === 'account');
}

/** True for roles. Service principals have no policies of their own. */
export const isRole = (caller: string): boolean => caller.includes(':role/');

/** Names the resource with the policy that guards an ARN: a bucket for its objects, a table for its indexes. */
function guardedBy(arn: string): string {
  if (arn.startsWith('arn:aws:s3:::')) return arn.split('/')[0] as string;
  return arn.replace(/\/index\/.*$/, '');
}
