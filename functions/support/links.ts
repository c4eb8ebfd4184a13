import { type Binding, type Link, type LinkAction, linkPath, nonceBytes, signedBytes } from '#domain/approval-link';
import type { Approval, Deployment } from '#domain/deployment';
import { read } from './env.ts';
import { linkSigner } from './services.ts';

const bindingOf = (deployment: Deployment, approval: Approval): Binding => ({
  application: deployment.application,
  environment: 'production',
  digest: approval.digest,
  policyVersion: deployment.policy.version,
});

/** Makes one approver's link for one action; it lives as long as the question does. */
export async function signLink(deployment: Deployment, approval: Approval, approver: string, action: LinkAction): Promise<string> {
  const unsigned = { approvalId: approval.approvalId, action, approver, expires: approval.expiresAt, keyId: read('LINK_KEY_ID') };
  const { mac } = await linkSigner().sign(signedBytes(unsigned, bindingOf(deployment, approval)));
  return `${read('PUBLIC_URL').replace(/\/$/, '')}${linkPath({ ...unsigned, mac })}`;
}

export async function isAuthentic(link: Link, deployment: Deployment, approval: Approval): Promise<boolean> {
  const { mac, ...unsigned } = link;
  return linkSigner().verify(signedBytes(unsigned, bindingOf(deployment, approval)), link.keyId, mac);
}

export async function signNonce(link: Link, renderedAt: string, nonce: string): Promise<string> {
  return (await linkSigner().sign(nonceBytes(link, renderedAt, nonce))).mac;
}

export async function isOurNonce(link: Link, renderedAt: string, nonce: string, mac: string): Promise<boolean> {
  return linkSigner().verify(nonceBytes(link, renderedAt, nonce), link.keyId, mac);
}
