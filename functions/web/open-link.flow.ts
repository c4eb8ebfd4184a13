import type { ApprovalTokens } from '#approval/approvals.port';
import type { Approval, Deployment } from '#deployment/deployment';
import type { Deployments } from '#deployment/deployments.port';
import { DeploymentNotFound, undefinedIf } from '#platform/errors';
import type { Applications } from '#policy/applications.port';
import { isAboutDeployment, type Link, parseLink, ROOM } from './approval-link.ts';
import { bindingOf, isAuthentic, type LinkPorts } from './links.flow.ts';

export interface OpenPorts extends LinkPorts {
  readonly applications: Applications;
  readonly approvals: ApprovalTokens;
  readonly deployments: Deployments;
}

export interface OpenedLink {
  readonly link: Link;
  readonly deployment: Deployment;
  /** The question that an answer is about. A stop needs no question. */
  readonly approval: Approval | undefined;
}

/** Looked up and verified instead of a link that cannot be read, so both do the same work. */
const decoy: Link = {
  version: '1',
  keyId: 'none',
  subject: 'none',
  action: 'view',
  approver: 'nobody',
  issued: '2000-01-01T00:00:00.000Z',
  expires: '2000-01-01T00:00:00.000Z',
  mac: 'A'.repeat(43),
};

/** Opens a link that we made for the current record. Other links do the same work and return undefined. */
export async function openLink(ports: OpenPorts, path: string, query: string): Promise<OpenedLink | undefined> {
  const parsed = parseLink(path, query);
  const link = parsed ?? decoy;
  const token = await ports.approvals.findToken(link.subject);
  const deployment = await ports.deployments.read(token?.deploymentId ?? link.subject).catch(undefinedIf(DeploymentNotFound));
  const meant = deployment && isMeant(link, deployment) ? deployment : undefined;
  const authentic = await isAuthentic(ports, link, meant && bindingOf(link, meant));
  if (!parsed || !meant || !authentic) return undefined;
  return (await mayAct(ports, link, meant)) ? { link, deployment: meant, approval: meant.approval } : undefined;
}

const isMeant = (link: Link, { id, approval }: Deployment) => (isAboutDeployment(link, id) ? id : approval?.approvalId) === link.subject;

/**
 * Room links may only view, and only if the policy asks for no sign-in.
 * Stop links need a *current* approver; answer links need one who was listed when Sluice asked.
 */
async function mayAct(ports: OpenPorts, link: Link, { id, application, approval, policy }: Deployment): Promise<boolean> {
  if (link.approver === ROOM) return link.action === 'view' && !policy.production.approval.signIn;
  if (!isAboutDeployment(link, id)) return approval?.approvers.includes(link.approver) ?? false;
  return (await ports.applications.readApplication(application)).approvers.production.includes(link.approver);
}
