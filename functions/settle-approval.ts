import { approvalInput, results, taskOf } from '#contract';
import type { Deployment } from '#domain/deployment';
import type { Change } from '#ports/deployments';
import { answering, occasionOf } from '#support/handler';
import { deployments, now } from '#support/services';
import { settledBy } from '#support/settle-question';

export const handler = answering(results.SettleApproval)(taskOf(approvalInput), async (task) => {
  const recorded = await deployments().record(task.input.deploymentId, occasionOf(task), settleWhatIsDue);
  const { approval, policy } = recorded;
  if (!approval) return { status: 'CANCELLED', waitSeconds: 1 };
  const leftMs = Date.parse(approval.expiresAt) - now().getTime();
  return { status: approval.status, waitSeconds: Math.max(1, Math.ceil(leftMs / 1000) + policy.answerMarginSeconds) };
});

function settleWhatIsDue(current: Deployment): Change | undefined {
  const { stopRequest } = current;
  const at = now().toISOString();
  return settledBy(current, stopRequest ? { action: 'cancel', by: stopRequest.by, at } : { action: 'expire', by: 'sluice', at });
}
