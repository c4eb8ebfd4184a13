import type { Approval, Deployment } from '#deployment/deployment';
import { type Offer, offered, votesSoFar } from './answers.ts';
import { type Html, html, page } from './html.ts';
import { fromNow, momentInWords } from './time-words.ts';

export interface Seen {
  /** When the page is rendered. Without it the page shows no distance from now. */
  readonly now?: string;
  /** True if this click made the decision. */
  readonly counted?: boolean;
  /** Links to other actions that the reader may take. */
  readonly offers?: readonly Offer[];
}

interface Words {
  readonly heading: string;
  readonly means: string;
}

const released = 'Sluice releases it to production one step at a time. If it turns bad, Sluice rolls it back automatically.';
const releasedForGood =
  'Sluice releases it to production one step at a time. It cannot be undone. If it turns bad, Sluice freezes it and pages people.';

const words: Readonly<Record<Approval['status'], Words>> = {
  PENDING: { heading: 'Not answered yet', means: 'The question is still open.' },
  APPROVED: { heading: 'Approved', means: released },
  REJECTED: { heading: 'Rejected', means: 'Sluice cancelled it. Production was not changed.' },
  CANCELLED: { heading: 'Cancelled', means: 'The fix does not stay in production.' },
  EXPIRED: {
    heading: 'Expired without an answer',
    means: 'No approver answered in time, so Sluice cancelled it. Production was not changed.',
  },
  SUPERSEDED: {
    heading: 'Superseded by a newer question',
    means: 'This link is about an older fix. The newest message has the question that counts.',
  },
  REVOKED: { heading: 'Revoked', means: 'The question was withdrawn before an approver answered it.' },
  PROCEEDING: { heading: 'Proceeding', means: released },
};

/** Says what was decided, by whom and when. The first click and each later click get the same page. */
export function outcomePage(deployment: Deployment, approval: Approval, note?: string, { now, counted, offers = [] }: Seen = {}): string {
  const open = approval.status === 'PENDING';
  const late = open && now !== undefined && Date.parse(now) >= Date.parse(approval.expiresAt);
  const refused = open && note !== undefined;
  const { heading, means } = refused && !late ? notAccepted : wordsOf(deployment, approval, late);
  return page(
    `${heading}: ${deployment.issue.title} (Sluice)`,
    html`<h1>${heading}</h1><p class="lede">${deployment.issue.title}</p>
${counted && html`<p><b class="good">✓ Your answer counted.</b></p>`}${note !== undefined && html`<p class="note">${note}</p>`}
<section aria-labelledby="decision"><h2 id="decision">${late ? 'What happens now' : decisionTitle(approval)}</h2><p>${means}</p><dl>
${approval.decidedBy !== undefined && html`<dt>By</dt><dd>${decider(approval)}</dd>`}${approval.decidedAt !== undefined && html`<dt>At</dt><dd>${moment(approval.decidedAt, now)}</dd>`}
${late && html`<dt>Answer was due</dt><dd>${moment(approval.expiresAt, now)}</dd>`}${approval.reason !== undefined && html`<dt>Reason</dt><dd>${approval.reason}</dd>`}
<dt>Deployment</dt><dd>${deployment.id}</dd><dt>Now</dt><dd>${statusOf(deployment)}</dd></dl></section>
${(!open || late) && html`<p class="soft card">A question is answered once. Another click, or another link in the same message, changes nothing.</p>`}${offered(offers)}`,
    `${deployment.application}, production`,
  );
}

const decisionTitle = ({ status }: Approval): string => (status === 'PENDING' ? 'Status' : 'What was decided');

function wordsOf({ fix }: Deployment, approval: Approval, late: boolean): Words {
  if (late) return tooLate(approval);
  const votes = votesSoFar(approval);
  if (approval.status === 'APPROVED' && fix?.irreversible.length) return { ...words.APPROVED, means: releasedForGood };
  if (approval.status === 'EXPIRED' && votes !== undefined)
    return { heading: 'Expired', means: `Only ${votes} said yes in time, so Sluice cancelled it. Production was not changed.` };
  if (approval.status !== 'PENDING' || votes === undefined) return words[approval.status];
  return { heading: `${votes} said yes`, means: 'Sluice waits for the other approvers until the time is over. One no ends it.' };
}

const notAccepted: Words = { heading: 'Your answer was not accepted', means: 'The question is still open.' };

const tooLate = ({ kind }: Approval): Words => ({
  heading: 'Too late to answer',
  means:
    kind === 'approve'
      ? 'Without an answer in time, Sluice cancels the deployment. Production is not changed.'
      : 'No person cancelled it in time, so Sluice releases it to production.',
});

const isOfTime = ({ status }: Approval) => status === 'EXPIRED' || status === 'PROCEEDING';

function decider(approval: Approval): string | undefined {
  if (approval.decidedBy !== 'sluice') return approval.decidedBy;
  return isOfTime(approval) ? 'Sluice, when the time was over' : 'Sluice';
}

const moment = (iso: string, now: string | undefined): Html =>
  html`<time datetime="${iso}">${momentInWords(iso, true)}</time>${now !== undefined && html` <span class="soft">(${fromNow(iso, now)})</span>`}`;

const statusWords: Readonly<Partial<Record<Deployment['status'], string>>> = {
  Admitted: 'admitted; work has not started yet',
  Resolving: 'being built and tested',
  Staging: 'in staging',
  Production: 'being released to production',
  Verifying: 'in production, still watched',
  RollingBack: 'being rolled back',
  Deployed: 'deployed, and verified',
  Cancelled: 'cancelled',
  RolledBack: 'rolled back; production serves the old version',
  RollbackFailed: 'rollback failed: Sluice could not verify it, and paged people',
  Escalated: 'handed to a person',
};

const isRefused = ({ approval, stopRequest }: Deployment) =>
  stopRequest !== undefined ||
  (approval !== undefined && ['REJECTED', 'CANCELLED', 'EXPIRED', 'REVOKED', 'SUPERSEDED'].includes(approval.status));

/** Says the status of a deployment in words. */
export function statusOf(deployment: Deployment): string {
  const { status, outcomeReason } = deployment;
  if (status === 'Authorising') return isRefused(deployment) ? 'being cancelled' : authorising(deployment);
  return `${statusWords[status] ?? status}${outcomeReason ? ` (${outcomeReason})` : ''}`;
}

const authorising = ({ approval }: Deployment) =>
  approval?.status === 'PENDING' ? 'waiting for an answer' : 'about to be released to production';

/** The same page for every link that does not verify. */
export const notFoundPage = () =>
  page(
    'Nothing here (Sluice)',
    html`<h1>Nothing here</h1><p class="lede">This link is not valid. Open the newest message about the deployment.</p>`,
  );
