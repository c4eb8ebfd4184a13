import type { AuditRow } from '#deployment/audit-event';
import type { Approval, Deployment } from '#deployment/deployment';
import { digestOfDiff } from '#fix/diff-digest';
import { beforeOf, healthSeries } from '#watch/health-series';
import { type Link, ROOM } from '#web/approval-link';
import { actionWords, type Offer, offered, timeLeft, whatHappens, when, whoMayAnswer } from './answers.ts';
import { stagingResults, testsAndScans } from './checks.ts';
import { diffView } from './diff.ts';
import { decisionForm, type Form } from './form.ts';
import { type Html, html, page } from './html.ts';
import { confidence, whyItAsks } from './reasons.ts';

export interface AskedApproval {
  readonly deployment: Deployment;
  readonly approval: Approval;
  readonly link: Link;
  readonly diff: string;
  readonly form: Form;
  /** The deployment's audit rows. They hold the readings from staging. */
  readonly trail?: readonly AuditRow[];
  /** Links to other actions that the reader may take. */
  readonly offers?: readonly Offer[];
}

/** Shows the fix, the reasons to ask, and the form that decides. GET never decides anything (R-ASK-7). */
export function approvalPage({ deployment, approval, link, diff, form, trail = [], offers = [] }: AskedApproval): string {
  const { issue } = deployment;
  const decides = link.action !== 'view';
  return page(
    `${form.error ? 'Not decided: ' : ''}${actionWords[link.action]}: ${issue.title} (Sluice)`,
    html`${head(deployment, approval, form.renderedAt)}
${decides && html`<a class="jump" href="#decision">Go to the answer</a>`}
${facts(deployment, approval, link, form.renderedAt)}
<section aria-labelledby="why"><h2 id="why">${approval.kind === 'approve' ? 'Why it needs you' : 'Why you get this message'}</h2>${whyItAsks(deployment.decision)}</section>
${confidence(deployment.decision)}
${stagingResults(deployment, healthSeries(trail, 'staging', beforeOf(deployment.staging)))}
${testsAndScans(deployment)}
${change(deployment, diff)}
${whoMayAnswer(approval, link)}
${whatHappens(deployment, approval, form.renderedAt)}
${decides ? decisionForm(link.action, deployment, approval.digest, form) : html`<p class="card" id="decision">You can only view with this link. ${link.approver === ROOM ? 'Each approver answers with the links in their own message.' : 'To answer, use another link in your message.'}</p>`}${offered(offers)}`,
    `${deployment.application}, production`,
  );
}

function head({ issue }: Deployment, approval: Approval, nowIso: string): Html {
  const left = timeLeft(approval, nowIso);
  const asks = approval.kind === 'approve';
  return html`<p class="kicker">${asks ? `Approval needed within ${left}` : `Goes to production in ${left} unless a person cancels it`}</p><h1>${issue.title}</h1>
<p class="lede">${madeBy(issue.fix)} It is ready for production.</p>`;
}

const madeBy = (fix: Deployment['issue']['fix']): string =>
  fix.workflow === 'ready-patch'
    ? `Sluice built and tested a patch by ${fix.author} for this issue.`
    : 'Sluice made a fix for this issue without a person, and tested it.';

function facts({ id, issue, fix, application }: Deployment, approval: Approval, link: Link, nowIso: string): Html {
  const hex = Buffer.from(approval.digest, 'base64').toString('hex');
  return html`<section aria-labelledby="what"><h2 id="what">What will be deployed</h2><dl>
<dt>Deployment</dt><dd>${id}, of ${application} to production</dd>
<dt>Issue</dt><dd>${issue.severity} severity, ${issue.domain.replaceAll('-', ' ')}</dd>
<dt>Change</dt><dd>${fix?.files.length ?? 0} file${fix?.files.length === 1 ? '' : 's'}, +${fix?.addedLines ?? 0} −${fix?.removedLines ?? 0} lines${fix?.schemaChanges.length ? html`, <b class="warn">changes the database schema: ${fix.schemaChanges.join(', ')}</b>` : ''}</dd>
${approval.author !== undefined && html`<dt>Author</dt><dd>${approval.author}</dd>`}
<dt>Artifact</dt><dd class="digest"><code>${hex.slice(0, -6)}<b>${hex.slice(-6)}</b></code> <span class="soft">SHA-256. Sluice releases exactly this artifact, or nothing.</span></dd>
<dt>${approval.kind === 'approve' ? 'Answer by' : 'Released at'}</dt><dd>${when(approval.expiresAt, nowIso)}</dd>
<dt>This link is for</dt><dd>${link.approver}. <span class="soft">${link.action === 'view' ? 'They can only view with it.' : 'An answer with this link is recorded under this name. If that is not you, close the page.'}</span></dd></dl></section>`;
}

function change({ id, fix }: Deployment, diff: string): Html {
  const changed = diff !== '' && fix?.diffDigest !== undefined && digestOfDiff(diff) !== fix.diffDigest;
  const shown = changed
    ? html`<p class="error">The stored diff was changed after it was tested, so it is not shown. Do not approve what you cannot see. Report it.</p>`
    : diffView(diff, `deployments/${id}/diff.patch`);
  return html`<section aria-labelledby="change"><h2 id="change">The change</h2>${fix?.commit !== undefined && html`<p class="soft">Commit <code>${fix.commit.slice(0, 12)}</code> on <code>${fix.baseCommit?.slice(0, 12) ?? 'none'}</code>. Lines with + are new. Lines with − are removed.</p>`}${shown}</section>`;
}
