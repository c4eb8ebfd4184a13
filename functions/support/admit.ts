import { createHash } from 'node:crypto';
import { genesisHash } from '#domain/audit-chain';
import { type Deployment, hasEnded } from '#domain/deployment';
import type { Channel, Issue } from '#domain/issue';
import { deploymentIdOf, fingerprintOf } from '#domain/issue-intake';
import { deploymentStarter, deployments, now, records } from './services.ts';

export type Admission = { readonly deploymentId: string } | { readonly duplicateOf: string };

/** Opens a deployment for an issue and starts its machine; a second copy of an issue under way or deployed opens nothing. */
export async function admit(issue: Issue, channel: Channel): Promise<Admission> {
  const fingerprint = fingerprintOf(issue);
  const earlier = await deployments().withFingerprint(fingerprint);
  const same = earlier.find((deployment) => deployment.outcome === 'Deployed' || !hasEnded(deployment));
  if (same) {
    await startIfLost(same);
    return { duplicateOf: same.id };
  }
  const deployment = await open(issue, channel, fingerprint, earlier.length + 1);
  await deploymentStarter().startDeployment(deployment.id);
  return { deploymentId: deployment.id };
}

/** A deployment leaves Admitted in its machine's first state. Later a start does harm: Step Functions forgets a closed name after 90 days. */
async function startIfLost({ id, status }: Deployment): Promise<void> {
  if (status === 'Admitted') await deploymentStarter().startDeployment(id);
}

async function open(issue: Issue, channel: Channel, fingerprint: string, attempt: number): Promise<Deployment> {
  const at = now().toISOString();
  const { policy } = await records().readApplication(issue.application);
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
