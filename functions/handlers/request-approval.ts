import { randomBytes } from 'node:crypto';
import { eligibleApprovers, quorumOf } from '#approval/approval';
import { makersOf } from '#approval/approval-makers';
import { supersedeQuestions } from '#approval/supersede-questions.flow';
import { wakeQuestion } from '#approval/wake-question.flow';
import { approvalInput, tokenTaskOf } from '#contract';
import type { Approval, Deployment } from '#deployment/deployment';
import type { Change } from '#deployment/deployments.port';
import { entryOf } from '#deployment/entry';
import { enterStage } from '#deployment/stages';
import { MissingFact } from '#platform/errors';
import { lambda } from '#platform/handler';
import { applications, approvals, deployments, now, outbox, supersedePorts, wakePorts, waker } from '#services';

const OPAQUE_ID_BYTES = 16;

export const handler = lambda(tokenTaskOf(approvalInput), async (task) => {
  const { deploymentId, kind } = task.input;
  const { approvers } = await applications().readApplication((await deployments().read(deploymentId)).application);
  const recorded = await deployments().record(deploymentId, entryOf(task), (current) => {
    // One question per deployment: a second one would overrule an answer that came meanwhile.
    if (current.approval || current.stopRequest) return undefined;
    return asked(current, questionOf(current, kind, approvers.production));
  });
  const { approval } = recorded;
  if (!approval) return waker().wake(task.taskToken, { stopped: true });
  await approvals().keepToken(approval.approvalId, { deploymentId, taskToken: task.taskToken });
  if (approval.status === 'PENDING') await supersedeQuestions(supersedePorts(), recorded, approval);
  // An answer may have come before the token was stored, so read again before waiting.
  const latest = await deployments().read(deploymentId);
  if (latest.approval?.status !== 'PENDING' || latest.stopRequest) return wakeQuestion(wakePorts(), latest);
  await outbox().order({ deploymentId, kind: kind === 'approve' ? 'approval-requested' : 'cancel-window', entryKey: approval.approvalId });
});

function asked(current: Deployment, approval: Approval): Change {
  const { approvalId, kind, approvers, digest, expiresAt, quorum } = approval;
  return {
    event: { type: 'ApprovalRequested', approvalId, kind, approvers, digest, expiresAt, quorum },
    next: { ...enterStage(current, 'Authorising', approval.requestedAt), approval },
  };
}

function questionOf(current: Deployment, kind: Approval['kind'], approvers: string[]): Approval {
  if (!current.fix?.digest) throw new MissingFact('there is no measured artifact to approve');
  const requestedAt = now();
  const { approvalSeconds, cancelWindowSeconds, production } = current.policy;
  const seconds = kind === 'approve' ? approvalSeconds : cancelWindowSeconds;
  const { fix } = current.issue;
  return answerable({
    approvalId: randomBytes(OPAQUE_ID_BYTES).toString('base64url'),
    kind,
    status: 'PENDING',
    environment: 'production',
    approvers,
    quorum: quorumOf({ kind, quorum: production.approval.quorum }),
    votes: [],
    author: fix.workflow === 'ready-patch' ? fix.author : undefined,
    makers: makersOf(current),
    signIn: production.approval.signIn !== undefined,
    digest: current.fix.digest,
    requestedAt: requestedAt.toISOString(),
    expiresAt: new Date(requestedAt.getTime() + seconds * 1000).toISOString(),
  });
}

/** If too few people may say yes, revokes the question at once instead of waiting a day. */
function answerable(approval: Approval): Approval {
  const eligible = eligibleApprovers(approval).length;
  if (approval.kind === 'notify' || eligible >= quorumOf(approval)) return approval;
  const reason = `${quorumOf(approval)} approver(s) must say yes, but only ${eligible} of ${approval.approvers.join(', ')} did not work on the fix; list more approvers`;
  return { ...approval, status: 'REVOKED', decidedBy: 'sluice', decidedAt: approval.requestedAt, reason };
}
