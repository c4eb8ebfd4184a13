type OneOrMore = string | string[];

/** One statement of a policy document, as the template writes it. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: OneOrMore;
  readonly NotAction?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly NotResource?: OneOrMore;
  readonly Principal?: '*' | Record<string, OneOrMore>;
  readonly NotPrincipal?: '*' | Record<string, OneOrMore>;
  readonly Condition?: Record<string, Record<string, OneOrMore>>;
}

/** Every statement of the template, by the role or resource that it binds. */
export class Policies {
  /** By role ARN: the rights of the role. */
  readonly identity = new Map<string, Statement[]>();
  /** By role ARN: names of AWS's own managed policies. Their statements are not in the template. */
  readonly managed = new Map<string, string[]>();
  /** By role ARN: who may assume it. */
  readonly trust = new Map<string, Statement[]>();
  /** By resource ARN: the callers that the resource itself allows or denies. */
  readonly resource = new Map<string, Statement[]>();
}

/** Lists the statements of a policy document, which may hold one, several or none. */
export const statementsOf = (document: { Statement?: Statement | Statement[] } | undefined): Statement[] =>
  [document?.Statement ?? []].flat();

/** Adds items to those of an ARN. */
export function keep<T>(map: Map<string, T[]>, arn: string, items: T[]): void {
  if (items.length > 0) map.set(arn, [...(map.get(arn) ?? []), ...items]);
}
