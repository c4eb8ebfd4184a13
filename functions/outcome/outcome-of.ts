import { quorumOf, votesOf } from '#approval/approval';
import type { Approval, Deployment, Outcome } from '#deployment/deployment';
import { askedBy } from '#deployment/deployment';

export interface OutcomeAndReason {
  readonly outcome: Outcome;
  readonly reason: string;
}

type OutcomeRule = (deployment: Deployment) => OutcomeAndReason | undefined;

const rollbackFailed: OutcomeRule = ({ staging, production }) => {
  const failed = [production, staging].find((release) => release?.result === 'RollbackFailed');
  return (
    failed && { outcome: 'RollbackFailed', reason: failed.resultReason ?? `the rollback in ${failed.environment} could not be verified` }
  );
};

/** If a release changed its environment and has no result, nothing shows that it was undone. */
const leftHalfDone: OutcomeRule = ({ staging, production }) => {
  const open = [production, staging].find((release) => release && release.stepIndex >= 0 && !release.result);
  return (
    open && {
      outcome: 'RollbackFailed',
      reason: `${open.environment} was being changed and its rollback did not finish; look at what serves there now`,
    }
  );
};

const deployed: OutcomeRule = ({ production }) =>
  production?.result === 'Succeeded'
    ? {
        outcome: 'Deployed',
        reason: `stable through ${Math.round(production.monitoredSeconds)} s of watching in production${production.symptom ? `; the symptom is ${production.symptom}` : ''}`,
      }
    : undefined;

const stopped: OutcomeRule = ({ stopRequest, production }) => {
  if (!stopRequest) return undefined;
  const outcome = production?.result === 'RolledBack' ? 'RolledBack' : 'Cancelled';
  return { outcome, reason: askedBy(stopRequest) };
};

const productionRolledBack: OutcomeRule = ({ production }) =>
  production?.result === 'RolledBack'
    ? { outcome: 'RolledBack', reason: production.resultReason ?? 'rolled back in production' }
    : undefined;

const notStarted: OutcomeRule = ({ staging, production }) => {
  const refused = [production, staging].find((release) => release?.result === 'NotStarted');
  return (
    refused && { outcome: 'Escalated', reason: `${refused.environment} was not started: ${refused.resultReason ?? 'no reason given'}` }
  );
};

const stagingRolledBack: OutcomeRule = ({ staging }) =>
  staging?.result === 'RolledBack'
    ? { outcome: 'Escalated', reason: `failed in staging and was rolled back there: ${staging.resultReason ?? ''}` }
    : undefined;

const notApproved: OutcomeRule = ({ approval }) => {
  if (!approval) return undefined;
  if (approval.status === 'EXPIRED') return { outcome: 'Cancelled', reason: `${answeredInTime(approval)} the approval request in time` };
  if (approval.status === 'REJECTED' || approval.status === 'CANCELLED') {
    return { outcome: 'Cancelled', reason: `${approval.status.toLowerCase()} by ${approval.decidedBy ?? 'an approver'}` };
  }
  if (approval.status === 'SUPERSEDED')
    return { outcome: 'Cancelled', reason: `superseded: ${approval.reason ?? 'the approvers were asked about a newer fix'}` };
  if (approval.status === 'REVOKED')
    return { outcome: 'Escalated', reason: `its question was revoked: ${approval.reason ?? 'no reason given'}` };
  return undefined;
};

function answeredInTime(approval: Approval): string {
  const yes = votesOf(approval).length;
  return yes === 0 ? 'no approver answered' : `only ${yes} of ${quorumOf(approval)} said yes to`;
}

const fixFailed: OutcomeRule = ({ fix }) =>
  fix && fix.verdict !== 'Successful' ? { outcome: 'Escalated', reason: fix.reason } : undefined;

const neverStarted: OutcomeRule = ({ decision }) =>
  decision?.requirement === 'escalate'
    ? { outcome: 'Escalated', reason: decision.ineligibleBecause.join('; ') || 'confidence is below 0.50' }
    : undefined;

const questions = [
  rollbackFailed,
  leftHalfDone,
  deployed,
  stopped,
  productionRolledBack,
  notStarted,
  stagingRolledBack,
  notApproved,
  fixFailed,
  neverStarted,
];

/** Reads the outcome from the record; undefined if the record explains none. */
export function explainedOutcome(deployment: Deployment): OutcomeAndReason | undefined {
  for (const question of questions) {
    const found = question(deployment);
    if (found) return found;
  }
  return undefined;
}

/** Reads the outcome from the record. If the record explains none, that is a defect of Sluice and is escalated. */
export const outcomeOf = (deployment: Deployment, defect: string | undefined): OutcomeAndReason =>
  explainedOutcome(deployment) ?? {
    outcome: 'Escalated',
    reason: `stopped by ${defect || 'an unknown defect'}; nothing is deployed, see the execution's history`,
  };
