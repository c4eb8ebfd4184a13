import type { Deployment } from '#deployment/deployment';
import type { TaskTokens } from '#platform/executions.port';
import type { ApprovalTokens } from './approvals.port.ts';

export interface WakePorts {
  readonly approvals: ApprovalTokens;
  readonly waker: TaskTokens;
}

/**
 * Wakes the machine that waits for an answer, once the record has the answer; a second call is harmless.
 * The callback only names the question: the record decides (R-ASK-3).
 */
export async function wakeQuestion(ports: WakePorts, { approval, stopRequest }: Deployment): Promise<void> {
  if (!approval || (approval.status === 'PENDING' && !stopRequest)) return;
  const token = await ports.approvals.findToken(approval.approvalId);
  if (token) await ports.waker.wake(token.taskToken, { approvalId: approval.approvalId });
}
