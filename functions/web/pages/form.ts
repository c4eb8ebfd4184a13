import type { Deployment } from '#deployment/deployment';
import { digestFragment } from '#web/approval-link';
import { actionWords, consequenceOf, refuses } from './answers.ts';
import { type Html, html } from './html.ts';

export interface Form {
  readonly nonce: string;
  readonly renderedAt: string;
  readonly proof: string;
  readonly error?: string;
}

/** The only form that decides. A person types six characters, which no mail scanner does (R-ASK-7). */
export function decisionForm(action: string, deployment: Deployment, digest: string, form: Form): Html {
  const tone = refuses(action) ? 'refuse' : 'agree';
  const described = form.error
    ? html` aria-invalid="true" aria-describedby="mistake fragment-hint"`
    : html` aria-describedby="fragment-hint"`;
  return html`<form method="post" class="${tone}" id="decision" aria-labelledby="decide"><h2 id="decide">${actionWords[action]}</h2><p>${consequenceOf(action, deployment)}</p>
${form.error && html`<p class="error" role="alert" id="mistake">${form.error}</p>`}
<label for="fragment">Type the last six characters of the artifact’s digest (<code>${digestFragment(digest)}</code>)</label>
<input id="fragment" name="fragment" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="6" required${described}>
<p class="soft" id="fragment-hint">Mail scanners open links and send forms. Only a person reads and types these characters.</p>
<input type="hidden" name="nonce" value="${form.nonce}"><input type="hidden" name="rendered" value="${form.renderedAt}"><input type="hidden" name="proof" value="${form.proof}">
<button type="submit" class="${tone}">${actionWords[action]}</button></form>`;
}
