import type { AuditEvent } from '#deployment/audit-event';
import type { Approval, Assurance, Vote } from '#deployment/deployment';

export type ApprovalAction = 'approve' | 'reject' | 'cancel' | 'proceed' | 'expire' | 'revoke' | 'supersede';

export interface ApprovalAttempt {
  readonly action: ApprovalAction;
  readonly by: string;
  readonly at: string;
  /** How a person showed who they are. Without it, by their link alone. */
  readonly assurance?: Assurance | undefined;
  readonly reason?: string | undefined;
}

export type Settled = { readonly next: Approval } | { readonly refused: string };

const allowed: Record<Approval['kind'], Partial<Record<ApprovalAction, Approval['status']>>> = {
  approve: { approve: 'APPROVED', reject: 'REJECTED', cancel: 'CANCELLED', expire: 'EXPIRED', revoke: 'REVOKED', supersede: 'SUPERSEDED' },
  // In the cancel window silence means go (R-ASK-8). An operator or approver can still say no.
  notify: {
    proceed: 'PROCEEDING',
    reject: 'REJECTED',
    cancel: 'CANCELLED',
    expire: 'PROCEEDING',
    revoke: 'REVOKED',
    supersede: 'SUPERSEDED',
  },
};

const isYes = (action: ApprovalAction) => action === 'approve' || action === 'proceed';
const byPeople = (action: ApprovalAction) => isYes(action) || action === 'reject';

/** True if two names belong to one person. Mail addresses are compared without their case. */
export const isSamePerson = (one: string, other: string): boolean => one.trim().toLowerCase() === other.trim().toLowerCase();

/** True if a person made the fix, alone or with others. */
export const isMaker = (
  { author, makers = [] }: { readonly author?: string | undefined; readonly makers?: readonly string[] | undefined },
  by: string,
): boolean => [...makers, ...(author ? [author] : [])].some((maker) => isSamePerson(maker, by));

/** How many approvers must say yes. In the cancel window one is enough, since even silence means go. */
export const quorumOf = ({ kind, quorum = 1 }: Pick<Approval, 'kind' | 'quorum'>): number => (kind === 'notify' ? 1 : quorum);
export const votesOf = ({ votes = [] }: Approval): readonly Vote[] => votes;

/** Lists the approvers who may say yes: those who did not make the fix. */
export const eligibleApprovers = (approval: Approval): string[] => approval.approvers.filter((approver) => !isMaker(approval, approver));

/**
 * Answers a pending question once: a final answer stays, and a yes below the quorum is kept as a vote (R-ASK-4).
 * A late click and an early expiry decide nothing.
 */
export function settle(approval: Approval, attempt: ApprovalAttempt): Settled {
  const refused = refusal(approval, attempt);
  if (refused) return { refused };
  const { action, by, at, assurance = 'link', reason } = attempt;
  const votes = isYes(action) ? [...votesOf(approval), { by, at, assurance }] : votesOf(approval);
  if (isYes(action) && votes.length < quorumOf(approval)) return { next: { ...approval, votes: [...votes] } };
  const status = allowed[approval.kind][action] as Approval['status'];
  const decidedBy = isYes(action) ? votes.map((vote) => vote.by).join(' and ') : by;
  const decided = { status, decidedBy, decidedAt: at, votes: [...votes], ...(reason && { reason }) };
  return { next: { ...approval, ...decided, ...(byPeople(action) && { assurance: weakest(votes, assurance) }) } };
}

/** True if the row of an answer agrees with the record. A yes no longer counts after the question ended otherwise. */
export function counts(answer: AuditEvent, { status }: Approval): boolean {
  if (answer.type === 'ApprovalSettled') return answer.status === status;
  return answer.type === 'VoteCast' && ['PENDING', 'APPROVED', 'PROCEEDING'].includes(status);
}

const weakest = (votes: readonly Vote[], own: Assurance): Assurance =>
  own === 'link' || votes.some(({ assurance }) => assurance === 'link') ? 'link' : 'signed-in';

function refusal(approval: Approval, attempt: ApprovalAttempt): string | undefined {
  const { action, at } = attempt;
  if (approval.status === 'EXPIRED') return 'the question had expired';
  if (approval.status !== 'PENDING') return `the question was ${approval.status.toLowerCase()} by ${approval.decidedBy}`;
  if (!allowed[approval.kind][action]) return `${action} does not answer this question`;
  const over = Date.parse(at) >= Date.parse(approval.expiresAt);
  if (action === 'expire') return over ? undefined : `the window ends at ${approval.expiresAt}`;
  if (!byPeople(action)) return undefined;
  return over ? 'the time to answer was over' : personRefused(approval, attempt);
}

function personRefused(approval: Approval, { action, by, assurance }: ApprovalAttempt): string | undefined {
  if (!approval.approvers.includes(by)) return `${by} is not an approver`;
  if (approval.signIn && assurance !== 'signed-in')
    return `sign in first; ${approval.environment ?? 'this environment'} takes no answer by a link alone`;
  if (!isYes(action)) return undefined;
  if (isMaker(approval, by)) return `${by} made this fix; another approver must answer`;
  if (votesOf(approval).some((vote) => isSamePerson(vote.by, by)))
    return `${by} already said yes; ${votesOf(approval).length} of ${quorumOf(approval)} so far`;
  return undefined;
}
