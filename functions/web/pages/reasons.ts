import type { Decision } from '#deployment/deployment';
import { type Html, html } from './html.ts';

const gateTitles: Record<string, string> = {
  'first-time': 'First of its kind',
  'large-scope': 'Large scope',
  'schema-change': 'Database change',
  'irreversible-schema-change': 'Cannot be undone',
  security: 'Security',
  'unknown-author': 'Unknown author',
  'sensitive-path': 'Sensitive path',
  'below-0.90': 'Confidence below 0.90',
};

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Says why Sluice asks a person: each gate in words, and the band of the score. */
export function whyItAsks(decision: Decision | undefined): Html {
  if (!decision) return html`<p>No decision is on record.</p>`;
  const gates = decision.gates.map(({ gate, because }) => html`<li><b>${gateTitles[gate] ?? gate}.</b> ${sentence(because)}</li>`);
  return html`<ul>${gates}${bandSays(decision)}</ul>`;
}

function bandSays({ scoreHundredths, band, gates }: Decision): Html | undefined {
  const score = (scoreHundredths / 100).toFixed(2);
  if (band === 'approve') return html`<li><b>Confidence ${score}.</b> From 0.50 to 0.69 a person must approve.</li>`;
  if (band === 'notify' && gates.length === 0)
    return html`<li><b>Confidence ${score}.</b> From 0.70 to 0.89 Sluice releases it unless a person cancels it in time.</li>`;
  return undefined;
}

const signed = (hundredths: number) => `${hundredths < 0 ? '−' : '+'}0.${String(Math.abs(hundredths)).padStart(2, '0')}`;

const thresholds = [
  { at: 50, word: 'approve' },
  { at: 70, word: 'notify' },
  { at: 90, word: 'alone' },
];

/** Shows the score on its scale, and its parts. */
export function confidence(decision: Decision | undefined): Html {
  if (!decision) return html``;
  const score = (decision.scoreHundredths / 100).toFixed(2);
  const rows = decision.scoreParts.map(
    ({ rule, hundredths }) =>
      html`<tr><th scope="row">${sentence(rule).slice(0, -1)}</th><td class="number">${signed(hundredths)}</td></tr>`,
  );
  return html`<section aria-labelledby="confidence"><h2 id="confidence">Confidence ${score}</h2>${scale(decision.scoreHundredths, score)}<table class="parts"><caption>The parts of the score. Issues of this kind that were resolved before: ${decision.previousResolutions}.</caption><tbody>${rows}</tbody><tfoot><tr><th scope="row">Confidence</th><td class="number">${score}</td></tr></tfoot></table></section>`;
}

function scale(hundredths: number, score: string): Html {
  const x = (value: number) => 4 + value * 3.32;
  const ticks = thresholds.map(
    ({ at, word }) =>
      html`<line class="tick" x1="${x(at)}" x2="${x(at)}" y1="2" y2="22"/><text x="${x(at)}" y="35" text-anchor="middle">0.${at}</text><text x="${x(at)}" y="48" text-anchor="middle">${word}</text>`,
  );
  return html`<figure class="scale"><svg viewBox="0 0 340 52" role="img" aria-label="Confidence ${score} on a scale from 0 to 1: from 0.50 a person approves, from 0.70 a person can cancel, from 0.90 Sluice releases alone."><rect class="track" x="4" y="7" width="332" height="10" rx="5"/><rect class="fill" x="4" y="7" width="${x(hundredths) - 4}" height="10" rx="5"/>${ticks}</svg></figure>`;
}
