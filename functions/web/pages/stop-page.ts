import type { Deployment } from '#deployment/deployment';
import type { Link } from '#web/approval-link';
import { actionWords, type Offer, offered } from './answers.ts';
import { decisionForm, type Form } from './form.ts';
import { html, page } from './html.ts';
import { statusOf } from './outcome-page.ts';
import { fromNow, momentInWords } from './time-words.ts';

/** Asks for confirmation before a cancel or a rollback. Works at any time, without an open question. */
export function stopPage(deployment: Deployment, link: Pick<Link, 'approver'> & { readonly action: string }, form: Form): string {
  const { issue, application, id, fix } = deployment;
  const words = actionWords[link.action] ?? link.action;
  return page(
    `${form.error ? 'Not decided: ' : ''}${words}: ${issue.title} (Sluice)`,
    html`<p class="kicker">${words}?</p><h1>${issue.title}</h1>
<section aria-labelledby="what"><h2 id="what">What would be stopped</h2><dl><dt>Deployment</dt><dd>${id}, of ${application} to production</dd><dt>Now</dt><dd>${statusOf(deployment)}</dd><dt>This link is for</dt><dd>${link.approver}. <span class="soft">An answer with this link is recorded under this name. If that is not you, close the page.</span></dd></dl></section>
${decisionForm(link.action, deployment, fix?.digest ?? '', form)}`,
    `${application}, production`,
  );
}

interface StopOutcome {
  readonly deployment: Deployment;
  readonly link: { readonly action: string };
  readonly refused?: string | undefined;
  readonly now?: string | undefined;
  readonly offers?: readonly Offer[];
}

/** Says if a request to stop was accepted. If not, says why and what to do instead. */
export function stopOutcomePage({ deployment, link, refused, now, offers = [] }: StopOutcome): string {
  const { stopRequest, issue, id, application } = deployment;
  const asked = link.action === 'rollback' ? 'Rollback' : 'Cancel';
  const heading = refused === undefined ? `${asked} requested` : `${asked} not possible`;
  return page(
    `${heading}: ${issue.title} (Sluice)`,
    html`<h1>${heading}</h1><p class="lede">${issue.title}</p>${refused !== undefined && html`<p class="note">${refused.charAt(0).toUpperCase()}${refused.slice(1)}.</p>`}
<section aria-labelledby="state"><h2 id="state">Status</h2><dl><dt>Deployment</dt><dd>${id}</dd><dt>Now</dt><dd>${statusOf(deployment)}</dd>${stopRequest && html`<dt>Requested by</dt><dd>${stopRequest.by}, ${momentInWords(stopRequest.at, true)}${now !== undefined && html` <span class="soft">(${fromNow(stopRequest.at, now)})</span>`}</dd><dt>Reason</dt><dd>${stopRequest.reason}</dd>`}</dl></section>${offered(offers)}`,
    `${application}, production`,
  );
}
