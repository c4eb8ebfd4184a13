import { isMaker, isSamePerson } from '#approval/approval';
import type { Approval, Deployment } from '#deployment/deployment';
import type { Link } from '#web/approval-link';
import { type Html, html } from './html.ts';
import { durationInWords, fromNow, momentInWords } from './time-words.ts';

type Action = Link['action'];

export const actionWords: Readonly<Record<string, string>> = {
  view: 'View',
  approve: 'Approve this deployment',
  reject: 'Reject this deployment',
  proceed: 'Proceed now',
  cancel: 'Cancel this deployment',
  rollback: 'Roll back this deployment',
};

const consequences: Readonly<Record<string, string>> = {
  approve: 'It is released to production one step at a time and watched. If it turns bad it is rolled back without anybody’s help.',
  reject: 'It ends here as Cancelled. Production is not touched. One rejection is enough, whoever else approved.',
  proceed: 'It is released to production at once instead of when the window ends, one step at a time and watched.',
  cancel: 'It ends as Cancelled. If its release to production has begun, it is taken back first.',
  rollback: 'Production goes back to the version before it, and that is verified.',
};

/** A change that cannot be undone is never rolled back, whoever asks; its page may not promise it. */
const irreversibleConsequences: Readonly<Record<string, string>> = {
  approve:
    'It is released to production one step at a time and watched. It cannot be undone: if it turns bad it is frozen as it stands and you are paged; it is not rolled back.',
  cancel: 'It ends as Cancelled if its release to production has not begun. If it has, it is frozen as it stands and people are paged.',
  rollback: 'It cannot be undone: it is frozen as it stands and people are paged; production does not go back to the version before it.',
};

const answersOf: Readonly<Record<Approval['kind'], readonly string[]>> = {
  approve: ['approve', 'reject'],
  notify: ['proceed', 'cancel'],
};

/** Whether an action says no, and is therefore shown in the colour of it. */
export const refuses = (action: Action | string): boolean => ['reject', 'cancel', 'rollback'].includes(action);

export interface Offer {
  readonly action: string;
  /** A link's path, as it is signed. */
  readonly path: string;
}

/** Offers what else the reader may do; each leads to a page that asks again. */
export function offered(offers: readonly Offer[]): Html | undefined {
  if (offers.length === 0) return undefined;
  const links = offers.map(({ action, path }) => html`<li><a class="jump" href="${path}">${actionWords[action] ?? action}</a></li>`);
  return html`<nav class="card" aria-label="What you can do"><ul class="offers">${links}</ul></nav>`;
}

/** Says a moment in UTC and how far off it is. */
export const when = (iso: string, nowIso: string): Html =>
  html`<time datetime="${iso}">${momentInWords(iso)}</time> <span class="soft">(${fromNow(iso, nowIso)})</span>`;

/** Says what each answer does, what silence does, and by when. */
export function whatHappens(deployment: Deployment, approval: Approval, nowIso: string): Html {
  const rows = answersOf[approval.kind].map(
    (action) =>
      html`<dt>${(actionWords[action] as string).replace(' this deployment', '')}</dt><dd>${consequenceOf(action, deployment)}</dd>`,
  );
  const silence =
    approval.kind === 'approve' ? 'It is cancelled; production is not touched. Cancelled at' : 'It is released to production, watched, at';
  return html`<section aria-labelledby="answers"><h2 id="answers">What each answer does</h2><dl>${rows}<dt>No answer</dt><dd>${silence} ${when(approval.expiresAt, nowIso)}.</dd></dl></section>`;
}

/** Says in one short sentence what an answer by this link does. */
export const consequenceOf = (action: Action | string, { fix }: Deployment): string =>
  (fix?.irreversible.length && irreversibleConsequences[action]) || (consequences[action] ?? '');

/** What the record may hold of a quorum; a question without one wants a single yes. */
interface Votes {
  readonly approvers: readonly string[];
  readonly author?: string | undefined;
  readonly makers?: readonly string[] | undefined;
  readonly quorum?: number | undefined;
  readonly votes?: readonly { readonly by: string; readonly at: string }[] | undefined;
}

/** Names everybody who may answer, and what they said so far. */
export function whoMayAnswer(approval: Approval, link: Link): Html {
  const votes: Votes = approval;
  const people = votes.approvers.map(
    (approver) => html`<li>${approver}${marksOf(votes, approver, isSamePerson(approver, link.approver))}</li>`,
  );
  return html`<section aria-labelledby="people"><h2 id="people">Who may answer</h2><p>${quorum(approval)}</p><ul>${people}</ul></section>`;
}

function marksOf(asked: Votes, approver: string, own: boolean): Html {
  const vote = asked.votes?.find(({ by }) => isSamePerson(by, approver));
  const said = [
    vote && html` <b class="good">✓ said yes</b> <span class="soft">at ${momentInWords(vote.at)}</span>`,
    own && html` <span class="soft">(this link is theirs)</span>`,
    isMaker(asked, approver) && html` <span class="warn">(had a hand in this fix, so may say no but not yes)</span>`,
  ];
  return html`${said}`;
}

function quorum(approval: Approval): string {
  const { quorum: needed = 1, votes = [] }: Votes = approval;
  if (approval.kind === 'notify') return 'Any one of these may proceed or cancel. The first answer counts.';
  if (needed === 1) return 'One yes is enough, and one no ends it. The first answer counts.';
  return `${needed} of these must say yes, and one no ends it. So far ${votes.length} of ${needed} said yes.`;
}

/** How far a question is from its quorum, where it has one. */
export function votesSoFar(approval: Approval): string | undefined {
  const { quorum: needed = 1, votes = [] }: Votes = approval;
  return votes.length > 0 && needed > 1 ? `${votes.length} of ${needed}` : undefined;
}

/** Says how long is left to answer; for the head of the page. */
export const timeLeft = ({ expiresAt }: Approval, nowIso: string): string =>
  durationInWords((Date.parse(expiresAt) - Date.parse(nowIso)) / 1000);
