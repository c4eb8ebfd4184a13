import { randomBytes } from 'node:crypto';
import { approvalInput, tokenTaskOf } from '#contract';
import { enterStage } from '#domain/current-release';
import type { Approval, Deployment } from '#domain/deployment';
import { MissingFact } from '#support/errors';
import { lambda, occasionOf } from '#support/handler';
import { deployments, now, outbox, records, waker } from '#support/services';

const OPAQUE_ID_BYTES = 16;

export const handler = lambda(tokenTaskOf(approvalInput), async (task) => {
  const { deploymentId, kind } = task.input;
  const application = await records().readApplication((await deployments().read(deploymentId)).application);
  const recorded = await deployments().record(deploymentId, occasionOf(task), (current) => {
    if (current.approval?.status === 'PENDING' || current.stopRequest) return undefined;
    const approval = ask(current, kind, application.approvers.production);
    const { approvalId, approvers, digest, expiresAt } = approval;
    return {
      event: { type: 'ApprovalRequested', approvalId, kind, approvers, digest, expiresAt },
      next: { ...enterStage(current, 'Authorising', approval.requestedAt), approval },
    };
  });
  const { approval } = recorded;
  if (approval) await records().keepToken(approval.approvalId, { deploymentId, taskToken: task.taskToken });
  // The decision may have been made between our write and the token's: read again before leaving it to wait.
  const latest = await deployments().read(deploymentId);
  if (latest.approval?.status !== 'PENDING' || latest.stopRequest) return waker().wake(task.taskToken, { woken: true });
  await outbox().order({ deploymentId, kind: kind === 'approve' ? 'approval-requested' : 'cancel-window' });
});

function ask(current: Deployment, kind: Approval['kind'], approvers: string[]): Approval {
  if (!current.fix?.digest) throw new MissingFact('there is no measured artefact to approve');
  const requestedAt = now();
  const seconds = kind === 'approve' ? current.policy.approvalSeconds : current.policy.cancelWindowSeconds;
  return {
    approvalId: randomBytes(OPAQUE_ID_BYTES).toString('base64url'),
    kind,
    status: 'PENDING',
    approvers,
    digest: current.fix.digest,
    author: current.issue.fix.workflow === 'ready-patch' ? current.issue.fix.author : undefined,
    requestedAt: requestedAt.toISOString(),
    expiresAt: new Date(requestedAt.getTime() + seconds * 1000).toISOString(),
  };
}
