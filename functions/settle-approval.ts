import { approvalInput, type ResultOf, taskOf } from '#contract';
import { settle } from '#domain/approval';
import type { Deployment } from '#domain/deployment';
import type { Change } from '#ports/deployments';
import { lambda, occasionOf } from '#support/handler';
import { deployments, now } from '#support/services';

export const handler = lambda(taskOf(approvalInput), async (task): Promise<ResultOf<'SettleApproval'>> => {
  const recorded = await deployments().record(task.input.deploymentId, occasionOf(task), settleWhatIsDue);
  const { approval, policy } = recorded;
  if (!approval) return { status: 'CANCELLED', waitSeconds: 1 };
  const leftMs = Date.parse(approval.expiresAt) - now().getTime();
  return { status: approval.status, waitSeconds: Math.max(1, Math.ceil(leftMs / 1000) + policy.answerMarginSeconds) };
});

function settleWhatIsDue(current: Deployment): Change | undefined {
  const { approval, stopRequest } = current;
  if (approval?.status !== 'PENDING') return undefined;
  const at = now().toISOString();
  const due = stopRequest ? ({ action: 'cancel', by: stopRequest.by, at } as const) : ({ action: 'expire', by: 'sluice', at } as const);
  const settled = settle(approval, due);
  if ('refused' in settled) return undefined;
  const { approvalId, status } = settled.next;
  return { event: { type: 'ApprovalSettled', approvalId, status, by: due.by }, next: { ...current, approval: settled.next } };
}
