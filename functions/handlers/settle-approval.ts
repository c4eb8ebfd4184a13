import { settledBy } from '#approval/settle-question.flow';
import { approvalInput, type ResultOf, taskOf } from '#contract';
import type { Deployment } from '#deployment/deployment';
import type { Change } from '#deployment/deployments.port';
import { occasionOf } from '#deployment/occasion';
import { lambda } from '#platform/handler';
import { deployments, now } from '#services';

export const handler = lambda(taskOf(approvalInput), async (task): Promise<ResultOf<'SettleApproval'>> => {
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
