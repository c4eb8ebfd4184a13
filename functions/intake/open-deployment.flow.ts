import { createHash } from 'node:crypto';
import { genesisHash } from '#deployment/audit-chain';
import { type Deployment, hasEnded } from '#deployment/deployment';
import type { Channel, Issue } from '#deployment/issue';
import { applications, deploymentStarter, deployments, now } from '#services';
import { deploymentIdOf, fingerprintOf } from './issue-intake.ts';

export type Admission = { readonly deploymentId: string } | { readonly duplicateOf: string };

/** Opens a deployment for an issue and starts its machine; a second copy of an issue under way or deployed opens nothing. */
export async function admit(issue: Issue, channel: Channel): Promise<Admission> {
  const fingerprint = fingerprintOf(issue);
  const earlier = await deployments().withFingerprint(fingerprint);
  const same = earlier.find((deployment) => deployment.outcome === 'Deployed' || !hasEnded(deployment));
  if (same) {
    await deploymentStarter().startDeployment(same.id);
    return { duplicateOf: same.id };
  }
  const deployment = await open(issue, channel, fingerprint, earlier.length + 1);
  await deploymentStarter().startDeployment(deployment.id);
  return { deploymentId: deployment.id };
}

async function open(issue: Issue, channel: Channel, fingerprint: string, attempt: number): Promise<Deployment> {
  const at = now().toISOString();
  const { policy } = await applications().readApplication(issue.application);
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
  await deployments().create(
    deployment,
    { type: 'IssueAdmitted', issueId, issueDigest, fingerprint, domain, severity, channel: channel.kind, policyVersion: policy.version },
    { place: 'intake', actor: 'sluice/Intake' },
  );
  return deployment;
}
