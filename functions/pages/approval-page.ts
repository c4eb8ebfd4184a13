import { digestFragment, type Link } from '#domain/approval-link';
import type { Approval, Deployment } from '#domain/deployment';
import { Html, html, page } from './html.ts';

export interface Form {
  readonly nonce: string;
  readonly renderedAt: string;
  readonly proof: string;
  readonly error?: string;
}

const actionWords: Record<string, string> = {
  approve: 'Approve this deployment',
  reject: 'Reject this deployment',
  proceed: 'Proceed now, without waiting for the window to end',
  cancel: 'Cancel this deployment',
};

const consequences: Record<string, string> = {
  approve: 'It is released to production, one step at a time, and watched; it is rolled back by itself when it turns bad.',
  reject: 'It ends here as Cancelled; production is not touched.',
  proceed: 'It is released to production at once instead of when the window ends.',
  cancel: 'It ends here as Cancelled; production is not touched.',
};

/** Shows what will be deployed, why it needs a person, and the form that decides; GET never decides anything. */
export function approvalPage(deployment: Deployment, approval: Approval, link: Link, diff: string, form: Form): string {
  const { issue, decision, fix } = deployment;
  return page(
    `Sluice: ${issue.title}`,
    html`<h1>${issue.title}</h1>
<p>${deployment.application} · ${deployment.id} · for ${link.approver}</p>
<table>
${row('Severity', issue.severity)}
${row('Confidence', `${decision?.scoreHundredths ?? 0} of 100`)}
${row(
  'How it is made up',
  (decision?.scoreParts ?? []).map(({ rule, hundredths }) => `${rule} ${hundredths > 0 ? '+' : ''}${hundredths}`).join(', '),
)}
${row('Why it asks you', (decision?.gates ?? []).map(({ because }) => because).join('; ') || `the score is in the ${decision?.band} band`)}
${row('Files changed', `${fix?.files.length ?? 0}: ${(fix?.files ?? []).join(', ')} (+${fix?.addedLines ?? 0} −${fix?.removedLines ?? 0})`)}
${(fix?.evidence ?? []).map(({ check, verdict, detail }) => row(check, `${verdict}: ${detail}`))}
${row('Staging', `${deployment.staging?.result ?? 'not released'}, watched for ${Math.round(deployment.staging?.monitoredSeconds ?? 0)} s`)}
${(deployment.staging?.checks ?? []).map(({ check, verdict, detail }) => row(`staging: ${check}`, `${verdict}: ${detail}`))}
${row('Artefact', new Html(html`<code>${Buffer.from(approval.digest, 'base64').toString('hex')}</code>`.text))}
${row(approval.kind === 'approve' ? 'Without an answer' : 'Without a cancel', approval.kind === 'approve' ? `cancelled at ${approval.expiresAt}` : `released at ${approval.expiresAt}`)}
</table>
<h2>The change</h2><pre tabindex="0" aria-label="Diff of the change">${diff || 'not stored'}</pre>
${link.action === 'view' ? html`<p>To answer, use one of the other links of your message.</p>` : decide(approval, link, form)}`,
  );
}

function row(name: string, value: string | Html): Html {
  return html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`;
}

function decide(approval: Approval, link: Link, form: Form): Html {
  const refuse = link.action === 'reject' || link.action === 'cancel';
  return html`<form method="post"><h2>${actionWords[link.action]}</h2><p>${consequences[link.action]}</p>
${form.error && html`<p class="error" role="alert">${form.error}</p>`}
<label for="fragment">Type the last six characters of the artefact's digest (<code>${digestFragment(approval.digest)}</code>)</label>
<input id="fragment" name="fragment" type="text" autocomplete="off" maxlength="6" required>
<input type="hidden" name="nonce" value="${form.nonce}"><input type="hidden" name="rendered" value="${form.renderedAt}"><input type="hidden" name="proof" value="${form.proof}">
<div><button type="submit" class="${refuse ? 'refuse' : ''}">${actionWords[link.action]}</button></div></form>`;
}

/** Says what was decided, by whom and when; the same page for the first click and every later one. */
export function outcomePage(deployment: Deployment, approval: Approval, note?: string): string {
  const decided = approval.decidedBy ? `by ${approval.decidedBy} at ${approval.decidedAt}` : '';
  return page(
    'Sluice: answered',
    html`<h1>${words(approval.status)}</h1><p>${deployment.issue.title} (${deployment.id}) ${decided}</p>${note && html`<p>${note}</p>`}<p>The deployment is now ${deployment.status}.</p>`,
  );
}

const words = (status: Approval['status']) =>
  ({
    PENDING: 'Not answered yet',
    APPROVED: 'Approved',
    REJECTED: 'Rejected',
    CANCELLED: 'Cancelled',
    EXPIRED: 'Expired without an answer',
    SUPERSEDED: 'Superseded by a newer question',
    REVOKED: 'Revoked',
    PROCEEDING: 'Proceeding',
  })[status];

/** The one answer to everything that does not verify. */
export const notFoundPage = () =>
  page('Sluice: not found', html`<h1>Nothing here</h1><p>This link is not valid. Open the newest message about the deployment.</p>`);
