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
  /** The question that an answer is about; a stop needs none. */
  readonly approval: Approval | undefined;
}

/** What is looked up and verified in place of a link that cannot be read. */
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

/** Opens a link that we made for this very record; everything else costs the same reads and the same one MAC, and returns undefined. */
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

/** A room may look, where nobody has to sign in. Whoever is no longer an approver can no longer stop anything; who may answer was written down when it was asked. */
async function mayAct(ports: OpenPorts, link: Link, { id, application, approval, policy }: Deployment): Promise<boolean> {
  if (link.approver === ROOM) return link.action === 'view' && !policy.production.approval.signIn;
  if (!isAboutDeployment(link, id)) return approval?.approvers.includes(link.approver) ?? false;
  return (await ports.applications.readApplication(application)).approvers.production.includes(link.approver);
}
