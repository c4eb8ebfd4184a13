import type { Approval, Deployment } from '#deployment/deployment';
import type { Now } from '#platform/clock.port';
import {
  type Binding,
  isAboutDeployment,
  isStop,
  LINK_VERSION,
  type Link,
  type LinkAction,
  linkPath,
  nonceBytes,
  signedBytes,
} from './approval-link.ts';
import type { LinkSigner } from './links.port.ts';

export interface LinkPorts {
  readonly linkSigner: LinkSigner;
  readonly now: Now;
  /** The address of the pages, with or without a slash at its end. */
  readonly publicUrl: string;
}

/** A stop link lives 3 days: a deployment may wait a day for a lock and a day for an answer before its release. */
export const STOP_LINK_SECONDS = 3 * 86_400;

/** The fields of the record that a MAC covers. Answer: the asked digest; stop: the fix's digest; view: none. */
export function bindingOf(link: Pick<Link, 'action' | 'subject'>, deployment: Deployment): Binding | undefined {
  const { application, approval, fix, policy } = deployment;
  const looksAt = link.action === 'view' ? '' : fix?.digest;
  const digest = isAboutDeployment(link, deployment.id) ? looksAt : approval?.digest;
  const environment = approval?.environment ?? 'production';
  return digest === undefined ? undefined : { application, environment, digest, policyVersion: policy.version };
}

/** Makes one approver's link for one action. An answer link lives as long as its question, a stop link 3 days. */
export async function signLink(
  ports: LinkPorts,
  deployment: Deployment,
  approval: Approval | undefined,
  approver: string,
  action: LinkAction,
): Promise<string> {
  return addressOf(ports, await signPath(ports, deployment, approval, approver, action));
}

/** Puts the public address before a path. */
export const addressOf = ({ publicUrl }: LinkPorts, path: string): string => `${publicUrl.replace(/\/$/, '')}${path}`;

/** Makes the same link without the public address, for use in a page. */
export async function signPath(
  ports: LinkPorts,
  deployment: Deployment,
  approval: Approval | undefined,
  approver: string,
  action: LinkAction,
): Promise<string> {
  const issuedMs = ports.now().getTime();
  const stops = isStop({ action } as Link);
  const unsigned = {
    version: LINK_VERSION as typeof LINK_VERSION,
    keyId: ports.linkSigner.currentKeyId,
    subject: stops || !approval ? deployment.id : approval.approvalId,
    action,
    approver,
    issued: new Date(issuedMs).toISOString(),
    expires: stops || !approval ? new Date(issuedMs + STOP_LINK_SECONDS * 1000).toISOString() : approval.expiresAt,
  };
  const binding = bindingOf(unsigned, deployment);
  if (!binding) throw new Error(`deployment ${deployment.id} has no artifact to bind a link to`);
  const { mac } = await ports.linkSigner.sign(signedBytes(unsigned, binding));
  return linkPath({ ...unsigned, mac });
}

/** True if we made the link for exactly this binding. Without a binding it costs the same call and returns false. */
export async function isAuthentic(ports: LinkPorts, link: Link, binding: Binding | undefined): Promise<boolean> {
  const { mac, ...unsigned } = link;
  const bound = binding ?? { application: '', environment: '', digest: '', policyVersion: '' };
  return (await ports.linkSigner.verify(signedBytes(unsigned, bound), link.keyId, mac)) && binding !== undefined;
}

/** Signs a form's nonce. The result has the key's id, since a form may come back after a key rotation. */
export async function signNonce(ports: LinkPorts, link: Link, renderedAt: string, nonce: string): Promise<string> {
  const { keyId, mac } = await ports.linkSigner.sign(nonceBytes(link, renderedAt, nonce));
  return `${keyId}.${mac}`;
}

export async function isOurNonce(ports: LinkPorts, link: Link, renderedAt: string, nonce: string, proof: string): Promise<boolean> {
  const [keyId = '', mac = ''] = proof.split('.');
  return ports.linkSigner.verify(nonceBytes(link, renderedAt, nonce), keyId, mac);
}
