import type { Deployment } from '#domain/deployment';
import type { Change } from '#ports/deployments';
import { lambda, occasionOf } from '#support/handler';
import { deployments, now } from '#support/services';
import { settledBy } from '#support/settle-question';
import { approvalInput, type ResultOf, taskOf } from '../statemachine/contract.ts';

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
