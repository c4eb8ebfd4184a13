import { settle } from '#domain/approval';
import { enterStage } from '#domain/current-release';
import type { Approval, Deployment } from '#domain/deployment';
import { historyKey } from '#domain/issue-intake';
import type { MessageKind } from '#domain/message';
import type { OutcomeAndReason } from '#domain/outcome-of';
import type { Occasion } from '#ports/deployments';
import { deployments, now, outbox, records } from './services.ts';

/** Gives a deployment its outcome once, remembers it for the next ones like it, and tells people; answers what was recorded. */
export async function conclude(
  deploymentId: string,
  occasion: Occasion,
  decide: (current: Deployment) => OutcomeAndReason,
): Promise<OutcomeAndReason> {
  const recorded = await deployments().record(deploymentId, occasion, (current) => {
    if (current.outcome) return undefined;
    const { outcome, reason } = decide(current);
    const approval = takenBack(current, reason);
    const event = { type: 'OutcomeRecorded' as const, outcome, reason, ...(approval && { approval: settledAs(approval) }) };
    const ended = closed(enterStage(current, outcome, now().toISOString()));
    return { event, next: { ...ended, ...(approval && { approval }), outcome, outcomeReason: reason } };
  });
  const { outcome = 'Escalated', outcomeReason: reason = '' } = recorded;
  await records().addOutcome(historyKey(recorded.issue), { deploymentId, outcome, at: recorded.updatedAt });
  await outbox().order({ deploymentId, kind: messageAbout(recorded), occasion: occasion.place });
  return { outcome, reason };
}

/** A question that a defect left open is taken back in the same write: nobody is thanked for an answer that no longer counts. */
function takenBack({ approval }: Deployment, reason: string): Approval | undefined {
  const settled = approval && settle(approval, { action: 'revoke', by: 'sluice', at: now().toISOString(), reason });
  return settled && 'next' in settled ? settled.next : undefined;
}

const settledAs = ({ approvalId, status }: Approval) => ({ approvalId, status });

const closed = (deployment: Deployment): Deployment => ({ ...deployment, stages: deployment.stages.slice(0, -1) });

function messageAbout({ outcome, staging }: Deployment): MessageKind {
  if (outcome === 'Deployed') return 'deployed';
  if (outcome === 'RolledBack') return 'rolled-back';
  if (outcome === 'RollbackFailed') return 'critical';
  if (outcome === 'Cancelled') return 'cancelled';
  return staging?.result === 'RolledBack' ? 'staging-failed' : 'escalated';
}
