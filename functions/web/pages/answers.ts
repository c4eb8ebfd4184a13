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
  approve: 'Sluice releases it to production one step at a time and watches it. If it turns bad, Sluice rolls it back automatically.',
  reject: 'The deployment ends as Cancelled. Production is not changed. One rejection is enough, even if others approved.',
  proceed: 'Sluice releases it to production now, one step at a time, and watches it. It does not wait for the end of the window.',
  cancel: 'The deployment ends as Cancelled. If its release to production has begun, Sluice rolls it back first.',
  rollback: 'Sluice returns production to the old version, and verifies that it serves.',
};

/** Sluice never rolls back a change that cannot be undone. So its page must not promise a rollback. */
const irreversibleConsequences: Readonly<Record<string, string>> = {
  approve:
    'Sluice releases it to production one step at a time and watches it. It cannot be undone. If it turns bad, Sluice freezes it as it is and pages you. There is no rollback.',
  cancel:
    'If its release to production has not begun, the deployment ends as Cancelled. If it has, Sluice freezes it as it is and pages people.',
  rollback: 'The change cannot be undone. Sluice freezes it as it is and pages people. Production does not return to the old version.',
};

const answersOf: Readonly<Record<Approval['kind'], readonly string[]>> = {
  approve: ['approve', 'reject'],
  notify: ['proceed', 'cancel'],
};

/** True if an action says no. Its button then has the color of a refusal. */
export const refuses = (action: Action | string): boolean => ['reject', 'cancel', 'rollback'].includes(action);

export interface Offer {
  readonly action: string;
  /** The path of a signed link. */
  readonly path: string;
}

/** Offers the reader other actions. Each link leads to a page that asks again. */
export function offered(offers: readonly Offer[]): Html | undefined {
  if (offers.length === 0) return undefined;
  const links = offers.map(({ action, path }) => html`<li><a class="jump" href="${path}">${actionWords[action] ?? action}</a></li>`);
  return html`<nav class="card" aria-label="What you can do"><ul class="offers">${links}</ul></nav>`;
}

/** Says a moment in UTC and its distance from now. */
export const when = (iso: string, nowIso: string): Html =>
  html`<time datetime="${iso}">${momentInWords(iso)}</time> <span class="soft">(${fromNow(iso, nowIso)})</span>`;

/** Says what each answer does, and what happens without an answer, and when. */
export function whatHappens(deployment: Deployment, approval: Approval, nowIso: string): Html {
  const rows = answersOf[approval.kind].map(
    (action) =>
      html`<dt>${(actionWords[action] as string).replace(' this deployment', '')}</dt><dd>${consequenceOf(action, deployment)}</dd>`,
  );
  const at = when(approval.expiresAt, nowIso);
  const silence =
    approval.kind === 'approve'
      ? html`Sluice cancels the deployment on ${at}. Production is not changed.`
      : html`Sluice releases it to production on ${at}, and watches it.`;
  return html`<section aria-labelledby="answers"><h2 id="answers">What each answer does</h2><dl>${rows}<dt>No answer</dt><dd>${silence}</dd></dl></section>`;
}

/** Says what an answer with this link does. */
export const consequenceOf = (action: Action | string, { fix }: Deployment): string =>
  (fix?.irreversible.length && irreversibleConsequences[action]) || (consequences[action] ?? '');

/** The votes in the record. A question without a quorum needs one yes. */
interface Votes {
  readonly approvers: readonly string[];
  readonly author?: string | undefined;
  readonly makers?: readonly string[] | undefined;
  readonly quorum?: number | undefined;
  readonly votes?: readonly { readonly by: string; readonly at: string }[] | undefined;
}

/** Lists the people who may answer, and their answers so far. */
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
    isMaker(asked, approver) && html` <span class="warn">(made this fix, so may say no but not yes)</span>`,
  ];
  return html`${said}`;
}

function quorum(approval: Approval): string {
  const { quorum: needed = 1, votes = [] }: Votes = approval;
  if (approval.kind === 'notify') return 'One of these people is enough to proceed or to cancel. The first answer counts.';
  if (needed === 1) return 'One yes is enough, and one no ends it. The first answer counts.';
  return `${needed} of these must say yes, and one no ends it. So far ${votes.length} of ${needed} said yes.`;
}

/** Says how many of the needed approvers said yes, if the question needs more than one. */
export function votesSoFar(approval: Approval): string | undefined {
  const { quorum: needed = 1, votes = [] }: Votes = approval;
  return votes.length > 0 && needed > 1 ? `${votes.length} of ${needed}` : undefined;
}

/** Says how much time is left to answer. */
export const timeLeft = ({ expiresAt }: Approval, nowIso: string): string =>
  durationInWords((Date.parse(expiresAt) - Date.parse(nowIso)) / 1000);
