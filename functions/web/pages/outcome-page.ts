import type { Approval, Deployment } from '#deployment/deployment';
import { type Offer, offered, votesSoFar } from './answers.ts';
import { type Html, html, page } from './html.ts';
import { fromNow, momentInWords } from './time-words.ts';

export interface Seen {
  /** When the page is rendered; without it no distance from now is said. */
  readonly now?: string;
  /** Whether this very click made the decision. */
  readonly counted?: boolean;
  /** Links to what else the reader may do. */
  readonly offers?: readonly Offer[];
}

interface Words {
  readonly heading: string;
  readonly means: string;
}

const released = 'It is released to production one step at a time, and rolled back by itself when it turns bad.';
const releasedForGood =
  'It is released to production one step at a time. It cannot be undone: when it turns bad it is frozen and people are paged.';

const words: Readonly<Record<Approval['status'], Words>> = {
  PENDING: { heading: 'Not answered yet', means: 'The question is still open.' },
  APPROVED: { heading: 'Approved', means: released },
  REJECTED: { heading: 'Rejected', means: 'It was cancelled. Production was not touched.' },
  CANCELLED: { heading: 'Cancelled', means: 'It does not stay in production.' },
  EXPIRED: { heading: 'Expired without an answer', means: 'Nobody answered in time, so it was cancelled. Production was not touched.' },
  SUPERSEDED: {
    heading: 'Superseded by a newer question',
    means: 'What this link asked about is not what would be released now. The newest message has the question that counts.',
  },
  REVOKED: { heading: 'Revoked', means: 'The question was taken back before it was answered.' },
  PROCEEDING: { heading: 'Proceeding', means: released },
};

/** Says what was decided, by whom and when; the same page for the first click and every later one. */
export function outcomePage(deployment: Deployment, approval: Approval, note?: string, { now, counted, offers = [] }: Seen = {}): string {
  const open = approval.status === 'PENDING';
  const late = open && now !== undefined && Date.parse(now) >= Date.parse(approval.expiresAt);
  const refused = open && note !== undefined;
  const { heading, means } = late ? tooLate(approval) : refused ? notTaken : wordsOf(deployment, approval);
  return page(
    `${heading}: ${deployment.issue.title} (Sluice)`,
    html`<h1>${heading}</h1><p class="lede">${deployment.issue.title}</p>
${counted && html`<p><b class="good">✓ Your answer counted.</b></p>`}${note !== undefined && html`<p class="note">${note}</p>`}
<section aria-labelledby="decision"><h2 id="decision">${late ? 'What happens now' : open ? 'Where it stands' : 'What was decided'}</h2><p>${means}</p><dl>
${approval.decidedBy !== undefined && html`<dt>By</dt><dd>${decider(approval)}</dd>`}${approval.decidedAt !== undefined && html`<dt>At</dt><dd>${moment(approval.decidedAt, now)}</dd>`}
${late && html`<dt>Time was up</dt><dd>${moment(approval.expiresAt, now)}</dd>`}${approval.reason !== undefined && html`<dt>Reason</dt><dd>${approval.reason}</dd>`}
<dt>Deployment</dt><dd>${deployment.id}</dd><dt>Now</dt><dd>${statusOf(deployment)}</dd></dl></section>
${(!open || late) && html`<p class="soft card">One question is answered once. Clicking again, or another link of the same message, changes nothing.</p>`}${offered(offers)}`,
    `${deployment.application}, production`,
  );
}

function wordsOf({ fix }: Deployment, approval: Approval): Words {
  const votes = votesSoFar(approval);
  if (approval.status === 'APPROVED' && fix?.irreversible.length) return { ...words.APPROVED, means: releasedForGood };
  if (approval.status === 'EXPIRED' && votes !== undefined)
    return { heading: 'Expired', means: `Only ${votes} said yes in time, so it was cancelled. Production was not touched.` };
  if (approval.status !== 'PENDING' || votes === undefined) return words[approval.status];
  return { heading: `${votes} said yes`, means: 'It waits for the others until its time is up. One no ends it.' };
}

const notTaken: Words = { heading: 'Your answer was not taken', means: 'The question is still open.' };

const tooLate = ({ kind }: Approval): Words => ({
  heading: 'Too late to answer',
  means:
    kind === 'approve'
      ? 'Without an answer in time it is cancelled; production is not touched.'
      : 'Nobody cancelled it in time, so it is released to production.',
});

const isOfTime = ({ status }: Approval) => status === 'EXPIRED' || status === 'PROCEEDING';

function decider(approval: Approval): string | undefined {
  if (approval.decidedBy !== 'sluice') return approval.decidedBy;
  return isOfTime(approval) ? 'Sluice, when the time was up' : 'Sluice';
}

const moment = (iso: string, now: string | undefined): Html =>
  html`<time datetime="${iso}">${momentInWords(iso, true)}</time>${now !== undefined && html` <span class="soft">(${fromNow(iso, now)})</span>`}`;

const statusWords: Readonly<Partial<Record<Deployment['status'], string>>> = {
  Admitted: 'admitted, nothing done yet',
  Resolving: 'being built and tested',
  Staging: 'in staging',
  Production: 'being released to production',
  Verifying: 'in production, still watched',
  RollingBack: 'being rolled back',
  Deployed: 'deployed, and verified',
  Cancelled: 'cancelled',
  RolledBack: 'rolled back; production serves the version before it',
  RollbackFailed: 'in trouble: the rollback could not be verified, and people were paged',
  Escalated: 'handed to a person',
};

const isRefused = ({ approval, stopRequest }: Deployment) =>
  stopRequest !== undefined ||
  (approval !== undefined && ['REJECTED', 'CANCELLED', 'EXPIRED', 'REVOKED', 'SUPERSEDED'].includes(approval.status));

/** Says where a deployment stands, in words. */
export function statusOf(deployment: Deployment): string {
  const { status, outcomeReason } = deployment;
  if (status === 'Authorising') return isRefused(deployment) ? 'being cancelled' : authorising(deployment);
  return `${statusWords[status] ?? status}${outcomeReason ? ` (${outcomeReason})` : ''}`;
}

const authorising = ({ approval }: Deployment) =>
  approval?.status === 'PENDING' ? 'waiting for an answer' : 'about to be released to production';

/** The one answer to everything that does not verify. */
export const notFoundPage = () =>
  page(
    'Nothing here (Sluice)',
    html`<h1>Nothing here</h1><p class="lede">This link is not valid. Open the newest message about the deployment.</p>`,
  );
