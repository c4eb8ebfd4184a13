import { type ApiCall, ApiError } from '../hosts/host.ts';
import type { Need } from './need.ts';

/** A call that was refused, and the statement with which it would not have been. */
export interface Denial {
  readonly caller: string;
  readonly action: string;
  readonly resource: string;
  readonly message: string;
  readonly missing: { readonly Effect: 'Allow'; readonly Action: string; readonly Resource: string };
}

/** Describes a refusal in AWS's words. */
export function denialOf(caller: string, { action, resource }: Need, because: string): Denial {
  const message = `User: ${sessionOf(caller)} is not authorized to perform: ${action} on resource: ${resource} ${because}`;
  return { caller, action, resource, message, missing: { Effect: 'Allow', Action: action, Resource: resource } };
}

/** Makes the error of a refusal: status 403 for S3 and the REST protocols, 400 for the JSON protocols. */
export function refusal({ message }: Denial, { signingName, operation }: ApiCall): ApiError {
  if (signingName === 's3') return new ApiError('AccessDenied', message, 403);
  return new ApiError('AccessDeniedException', message, operation ? 400 : 403);
}

/** A caller with a role appears as a session of that role; a service principal appears by its own name. */
function sessionOf(caller: string): string {
  const [, account, role] = /^arn:aws:iam::(\d+):role\/(.+)$/.exec(caller) ?? [];
  return role ? `arn:aws:sts::${account}:assumed-role/${role.split('/').at(-1)}/local` : caller;
}
