import type { AuditEvent } from '#deployment/audit-event';
import type { Approval, Deployment } from '#deployment/deployment';
import type { Change, Deployments } from '#deployment/deployments.port';
import type { Entry } from '#deployment/entry';
import { type ApprovalAttempt, quorumOf, settle, votesOf } from './approval.ts';
import { type WakePorts, wakeQuestion } from './wake-question.flow.ts';

export interface WithdrawPorts extends WakePorts {
  readonly deployments: Deployments;
}

/** Returns the row and the record after an attempt to answer, or undefined if it changes nothing. */
export function settledBy(current: Deployment, attempt: ApprovalAttempt): Change | undefined {
  const settled = current.approval && settle(current.approval, attempt);
  if (!settled || 'refused' in settled) return undefined;
  return { event: eventOf(settled.next, attempt), next: { ...current, approval: settled.next } };
}

function eventOf(approval: Approval, { by, assurance = 'link' }: ApprovalAttempt): AuditEvent {
  const { approvalId, status, reason } = approval;
  if (status === 'PENDING')
    return { type: 'VoteCast', approvalId, by, assurance, votes: votesOf(approval).length, quorum: quorumOf(approval) };
  return { type: 'ApprovalSettled', approvalId, status, by, assurance: approval.assurance, because: reason };
}

/** Withdraws or replaces an open question, and wakes the machine that waits. An answered question keeps its answer. */
export async function withdrawQuestion(ports: WithdrawPorts, deploymentId: string, entry: Entry, attempt: ApprovalAttempt): Promise<void> {
  await wakeQuestion(ports, await ports.deployments.record(deploymentId, entry, (current) => settledBy(current, attempt)));
}
