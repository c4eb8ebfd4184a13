import type { Approval, Deployment } from '#deployment/deployment';
import type { Now } from '#platform/clock.port';
import type { ApprovalTokens, Questions } from './approvals.port.ts';
import { type WithdrawPorts, withdrawQuestion } from './settle-question.flow.ts';

export interface SupersedePorts extends WithdrawPorts {
  readonly approvals: ApprovalTokens & Questions;
  readonly now: Now;
}

/**
 * Withdraws the older open question for the same environment: only one of two fixes on one commit can be released.
 * Call it after the new question is on the record.
 */
export async function supersedeQuestions(
  ports: SupersedePorts,
  { id, application }: Deployment,
  { environment = 'production', digest }: Approval,
): Promise<void> {
  for (;;) {
    const before = await ports.approvals.findQuestion(application, environment);
    if (before === id) return;
    if (before !== undefined) await supersede(ports, before, id, digest);
    if (await ports.approvals.keepQuestion(application, environment, id, before)) return;
  }
}

async function supersede(ports: SupersedePorts, deploymentId: string, by: string, digest: string): Promise<void> {
  const reason = `${by} asks for the same environment with the newer artifact ${digest}; submit the issue again if you still want it`;
  const entry = { entryKey: `superseded/${by}`, actor: 'sluice/RequestApproval' };
  await withdrawQuestion(ports, deploymentId, entry, { action: 'supersede', by, at: ports.now().toISOString(), reason });
}
