import type { Deployment } from '#deployment/deployment';
import { approvals, waker } from '#services';

/** Wakes the machine that waits for an answer which the record has by now; doing it again does nothing more. The callback names the question and decides nothing. */
export async function wakeQuestion({ approval, stopRequest }: Deployment): Promise<void> {
  if (!approval || (approval.status === 'PENDING' && !stopRequest)) return;
  const held = await approvals().findToken(approval.approvalId);
  if (held) await waker().wake(held.taskToken, { approvalId: approval.approvalId });
}
