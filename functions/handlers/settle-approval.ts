import { settledBy } from '#approval/settle-question.flow';
import { approvalInput, results, taskOf } from '#contract';
import type { Deployment } from '#deployment/deployment';
import type { Change } from '#deployment/deployments.port';
import { entryOf } from '#deployment/entry';
import { returning } from '#platform/handler';
import { deployments, now } from '#services';

export const handler = returning(results.SettleApproval)(taskOf(approvalInput), async (task) => {
  const recorded = await deployments().record(task.input.deploymentId, entryOf(task), settleWhatIsDue);
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
