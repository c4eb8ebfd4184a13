import type { Approval } from './deployment.ts';

export type ApprovalAction = 'approve' | 'reject' | 'cancel' | 'proceed' | 'expire' | 'revoke' | 'supersede';

export interface ApprovalAttempt {
  readonly action: ApprovalAction;
  readonly by: string;
  readonly at: string;
}

export type Settled = { readonly next: Approval } | { readonly refused: string };

const allowed: Record<Approval['kind'], Partial<Record<ApprovalAction, Approval['status']>>> = {
  approve: { approve: 'APPROVED', reject: 'REJECTED', cancel: 'CANCELLED', expire: 'EXPIRED', revoke: 'REVOKED', supersede: 'SUPERSEDED' },
  // Silence in the cancel window means go (guide, Confidence Thresholds); an operator or approver can still say no.
  notify: {
    proceed: 'PROCEEDING',
    reject: 'REJECTED',
    cancel: 'CANCELLED',
    expire: 'PROCEEDING',
    revoke: 'REVOKED',
    supersede: 'SUPERSEDED',
  },
};

const isAuthor = ({ author }: Approval, by: string) => author?.toLowerCase() === by.toLowerCase();

const byPeople: readonly ApprovalAction[] = ['approve', 'reject', 'proceed'];

/** Settles a pending question once; what is final stays, late clicks and premature expiries decide nothing (DESIGN section 5). */
export function settle(approval: Approval, attempt: ApprovalAttempt): Settled {
  const refused = refusal(approval, attempt);
  if (refused) return { refused };
  const status = allowed[approval.kind][attempt.action] as Approval['status'];
  return { next: { ...approval, status, decidedBy: attempt.by, decidedAt: attempt.at } };
}

function refusal(approval: Approval, { action, by, at }: ApprovalAttempt): string | undefined {
  if (approval.status !== 'PENDING') return `it was ${approval.status.toLowerCase()} by ${approval.decidedBy} at ${approval.decidedAt}`;
  if (!allowed[approval.kind][action]) return `${action} does not answer this question`;
  const over = Date.parse(at) >= Date.parse(approval.expiresAt);
  if (action === 'expire') return over ? undefined : `the window ends at ${approval.expiresAt}`;
  if (!byPeople.includes(action)) return undefined;
  if (over) return `the time to answer ended at ${approval.expiresAt}`;
  if (!approval.approvers.includes(by)) return `${by} is not an approver`;
  return action !== 'reject' && isAuthor(approval, by) ? `${by} made this fix; another approver must answer` : undefined;
}
