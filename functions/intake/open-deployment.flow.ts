import { createHash } from 'node:crypto';
import { genesisHash } from '#deployment/audit-chain';
import { type Deployment, hasEnded } from '#deployment/deployment';
import type { Deployments } from '#deployment/deployments.port';
import type { Issue, IssueChannel } from '#deployment/issue';
import type { Now } from '#platform/clock.port';
import type { Executions } from '#platform/executions.port';
import type { Applications } from '#policy/applications.port';
import { deploymentIdOf, fingerprintOf } from './issue-intake.ts';

export interface OpenPorts {
  readonly applications: Applications;
  readonly deployments: Deployments;
  readonly deploymentStarter: Pick<Executions, 'startDeployment'>;
  readonly now: Now;
}

export type Admission = { readonly deploymentId: string } | { readonly duplicateOf: string };

/**
 * Opens a deployment for an issue and starts its machine.
 * If the same issue is under way or deployed, it opens nothing.
 */
export async function openDeployment(ports: OpenPorts, issue: Issue, channel: IssueChannel): Promise<Admission> {
  const fingerprint = fingerprintOf(issue);
  const earlier = await ports.deployments.withFingerprint(fingerprint);
  const same = earlier.find((deployment) => deployment.outcome === 'Deployed' || !hasEnded(deployment));
  if (same) {
    await startIfLost(ports, same);
    return { duplicateOf: same.id };
  }
  const deployment = await open(ports, issue, channel, fingerprint, earlier.length + 1);
  await ports.deploymentStarter.startDeployment(deployment.id);
  return { deploymentId: deployment.id };
}

/**
 * A deployment leaves Admitted in its machine's first state.
 * A later start could run it twice: Step Functions forgets a closed name after 90 days.
 */
async function startIfLost(ports: OpenPorts, { id, status }: Deployment): Promise<void> {
  if (status === 'Admitted') await ports.deploymentStarter.startDeployment(id);
}

async function open(ports: OpenPorts, issue: Issue, channel: IssueChannel, fingerprint: string, attempt: number): Promise<Deployment> {
  const at = ports.now().toISOString();
  const { policy } = await ports.applications.readApplication(issue.application);
  const deployment: Deployment = {
    id: deploymentIdOf(fingerprint, at, attempt),
    application: issue.application,
    sequence: 0,
    headHash: genesisHash,
    status: 'Admitted',
    fingerprint,
    issue,
    channel,
    policy,
    stages: [{ stage: 'Admitted', startedAt: at }],
    createdAt: at,
    updatedAt: at,
  };
  const { id: issueId, domain, severity } = issue;
  const issueDigest = createHash('sha256').update(JSON.stringify(issue)).digest('hex');
  await ports.deployments.create(
    deployment,
    { type: 'IssueAdmitted', issueId, issueDigest, fingerprint, domain, severity, channel: channel.kind, policyVersion: policy.version },
    { entryKey: 'intake', actor: 'sluice/Intake' },
  );
  return deployment;
}
