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

/** The one form that decides: it wants six characters typed, which no machine that opens links or sends forms does. */
export function decisionForm(action: string, deployment: Deployment, digest: string, form: Form): Html {
  const tone = refuses(action) ? 'refuse' : 'agree';
  const described = form.error
    ? html` aria-invalid="true" aria-describedby="mistake fragment-hint"`
    : html` aria-describedby="fragment-hint"`;
  return html`<form method="post" class="${tone}" id="decision" aria-labelledby="decide"><h2 id="decide">${actionWords[action]}</h2><p>${consequenceOf(action, deployment)}</p>
${form.error && html`<p class="error" role="alert" id="mistake">${form.error}</p>`}
<label for="fragment">Type the last six characters of the artefact’s digest (<code>${digestFragment(digest)}</code>)</label>
<input id="fragment" name="fragment" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="6" required${described}>
<p class="soft" id="fragment-hint">Machines open links and send forms; only a person reads and types this.</p>
<input type="hidden" name="nonce" value="${form.nonce}"><input type="hidden" name="rendered" value="${form.renderedAt}"><input type="hidden" name="proof" value="${form.proof}">
<button type="submit" class="${tone}">${actionWords[action]}</button></form>`;
}
