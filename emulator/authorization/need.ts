import type { ApiCall, HostContext } from '../hosts/host.ts';

/** One permission that a call needs: an action on a resource, and the facts for conditions. */
export interface Need {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
}

export type Where = Pick<HostContext, 'account' | 'region'>;

/** Where a call happens, and which identities may send mail from here. */
export interface Surroundings extends Where {
  readonly mailIdentities: ReadonlySet<string>;
}

/** Lists the needs of one API. */
export type Needs = (call: ApiCall, where: Surroundings) => Need[];

/** Makes a need without conditions of its own. */
export const need = (action: string, resource: string, context: Readonly<Record<string, string>> = {}): Need => ({
  action,
  resource,
  context,
});
