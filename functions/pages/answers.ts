import type { Link } from '#domain/approval-link';
import type { Approval } from '#domain/deployment';
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

const answersOf: Readonly<Record<Approval['kind'], readonly string[]>> = {
  approve: ['approve', 'reject'],
  notify: ['proceed', 'cancel'],
};

/** Whether an action says no, and is therefore shown in the colour of it. */
export const refuses = (action: Action | string): boolean => ['reject', 'cancel', 'rollback'].includes(action);

/** Says a moment in UTC and how far off it is. */
export const when = (iso: string, nowIso: string): Html =>
  html`<time datetime="${iso}">${momentInWords(iso)}</time> <span class="soft">(${fromNow(iso, nowIso)})</span>`;

/** Says what each answer does, what silence does, and by when. */
export function whatHappens(approval: Approval, nowIso: string): Html {
  const rows = answersOf[approval.kind].map(
    (action) => html`<dt>${(actionWords[action] as string).replace(' this deployment', '')}</dt><dd>${consequences[action]}</dd>`,
  );
  const silence =
    approval.kind === 'approve' ? 'It is cancelled; production is not touched. Cancelled at' : 'It is released to production, watched, at';
  return html`<section aria-labelledby="answers"><h2 id="answers">What each answer does</h2><dl>${rows}<dt>No answer</dt><dd>${silence} ${when(approval.expiresAt, nowIso)}.</dd></dl></section>`;
}

/** Says in one short sentence what an answer by this link does. */
export const consequenceOf = (action: Action | string): string => consequences[action] ?? '';

/** Names everybody who may answer and what they said so far. */
export function whoMayAnswer(approval: Approval, link: Link): Html {
  const { approvers, author } = approval;
  const people = approvers.map((approver) => {
    const marks = [
      approver === link.approver && 'this link is theirs',
      approver.toLowerCase() === author?.toLowerCase() && 'made this fix, so may only say no',
    ];
    const said = marks.filter((mark) => mark !== false).join('; ');
    return html`<li>${approver}${said !== '' && html` <span class="soft">(${said})</span>`}</li>`;
  });
  return html`<section aria-labelledby="people"><h2 id="people">Who may answer</h2><p>${quorum(approval)}</p><ul>${people}</ul></section>`;
}

function quorum({ kind }: Approval): string {
  return kind === 'approve'
    ? 'One approval is enough, and any rejection ends it. The first answer counts.'
    : 'Any one of these may cancel or proceed. The first answer counts.';
}

/** Says how long is left to answer; for the head of the page. */
export const timeLeft = ({ expiresAt }: Approval, nowIso: string): string =>
  durationInWords((Date.parse(expiresAt) - Date.parse(nowIso)) / 1000);
