import { html } from '#web/pages/html';

interface MailContent {
  readonly subject: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly lines: readonly string[];
  readonly buttons: readonly { readonly action: string; readonly label: string; readonly url: string }[];
}

/** Writes the HTML part of a mail. `ses:no-track` stops SES from replacing a link by one through a third party. */
export function mailPage({ subject, facts, lines, buttons }: MailContent): string {
  const rows = facts.map(([label, value]) => html`<tr><th align="left" valign="top">${label}</th><td>${value}</td></tr>`);
  const links = buttons.map(({ label, url }) => html`<p><a ses:no-track href="${url}">${label}</a></p>`);
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${subject}</title></head><body style="font:16px/1.5 system-ui,sans-serif"><h1 style="font-size:1.2em">${subject}</h1><table>${rows}</table><p>${lines.map((line) => html`${line}<br>`)}</p>${links}</body></html>`
    .text;
}
