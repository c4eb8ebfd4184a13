import { settle } from '#approval/approval';
import type { Approval, Deployment } from '#deployment/deployment';
import type { Deployments } from '#deployment/deployments.port';
import type { Entry } from '#deployment/entry';
import { enterStage } from '#deployment/stages';
import { historyKey } from '#intake/issue-intake';
import type { MessageKind } from '#messages/message';
import type { Outbox } from '#messages/messages.port';
import type { Now } from '#platform/clock.port';
import type { History } from '#report/history.port';
import type { OutcomeAndReason } from './outcome-of.ts';

export interface ConcludePorts {
  readonly deployments: Deployments;
  readonly history: Pick<History, 'addOutcome'>;
  readonly now: Now;
  readonly outbox: Outbox;
}

/**
 * Gives a deployment its outcome once, adds it to the history of its kind, and orders a message.
 * Returns what was recorded.
 */
export async function conclude(
  ports: ConcludePorts,
  deploymentId: string,
  entry: Entry,
  decide: (current: Deployment) => OutcomeAndReason,
): Promise<OutcomeAndReason> {
  const recorded = await ports.deployments.record(deploymentId, entry, (current) => {
    if (current.outcome) return undefined;
    const { outcome, reason } = decide(current);
    const approval = takenBack(current, reason, ports.now());
    const event = { type: 'OutcomeRecorded' as const, outcome, reason, ...(approval && { approval: settledAs(approval) }) };
    const ended = closed(enterStage(current, outcome, ports.now().toISOString()));
    return { event, next: { ...ended, ...(approval && { approval }), outcome, outcomeReason: reason } };
  });
  const { outcome = 'Escalated', outcomeReason: reason = '' } = recorded;
  await ports.history.addOutcome(historyKey(recorded.issue), { deploymentId, outcome, at: recorded.updatedAt });
  await ports.outbox.order({ deploymentId, kind: messageAbout(recorded), entryKey: entry.entryKey });
  return { outcome, reason };
}

/** Also revokes an open question in the same write, so no later answer is reported as counted. */
function takenBack({ approval }: Deployment, reason: string, at: Date): Approval | undefined {
  const settled = approval && settle(approval, { action: 'revoke', by: 'sluice', at: at.toISOString(), reason });
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
