import * as z from 'zod';
import { executionInput, type ResultOf, taskOf } from '#contract';
import { settle } from '#domain/approval';
import { enterStage } from '#domain/current-release';
import type { Approval, Deployment } from '#domain/deployment';
import { historyKey } from '#domain/issue-intake';
import { outcomeOf } from '#domain/outcome-of';
import type { MessageKind } from '#ports/messages';
import { lambda, occasionOf } from '#support/handler';
import { deployments, now, outbox, records } from '#support/services';

const outcomeTask = taskOf(executionInput).extend({ defect: z.string() });

export const handler = lambda(outcomeTask, async (task): Promise<ResultOf<'RecordOutcome'>> => {
  const { deploymentId } = task.input;
  const recorded = await deployments().record(deploymentId, occasionOf(task), (current) => {
    if (current.outcome) return undefined;
    const { outcome, reason } = outcomeOf(current, task.defect);
    const approval = takenBack(current, reason);
    const event = { type: 'OutcomeRecorded' as const, outcome, reason, ...(approval && { approval: settledAs(approval) }) };
    const ended = closed(enterStage(current, outcome, now().toISOString()));
    return { event, next: { ...ended, ...(approval && { approval }), outcome, outcomeReason: reason } };
  });
  const { outcome = 'Escalated', outcomeReason: reason = '' } = recorded;
  await records().addOutcome(historyKey(recorded.issue), { deploymentId, outcome, at: recorded.updatedAt });
  await outbox().order({ deploymentId, kind: messageAbout(recorded), occasion: occasionOf(task).place });
  return { outcome, reason };
});

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
