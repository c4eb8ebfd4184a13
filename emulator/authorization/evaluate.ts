import type { Policies, Statement } from '../hosts/iam/statements.ts';
import type { Need } from './need.ts';
import { type Naming, namingOf, speaksOf } from './statement.ts';

type Kind = 'identity-based' | 'resource-based';

/** What the policies say of one need: the statements that allow it, or why nothing does. */
export type Decision =
  | { readonly allowed: true; readonly by: readonly Statement[] }
  | { readonly allowed: false; readonly because: string };

/** Decides as AWS does within one account: an explicit deny wins, then either the identity's or the resource's policy allows. */
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

/** Tells roles from service principals, which have no policies of their own. */
export const isRole = (caller: string): boolean => caller.includes(':role/');

/** Names the resource whose policy guards an ARN: a bucket its objects, a table its indexes. */
function guardedBy(arn: string): string {
  if (arn.startsWith('arn:aws:s3:::')) return arn.split('/')[0] as string;
  return arn.replace(/\/index\/.*$/, '');
}
