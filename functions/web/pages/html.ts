import { escapeMarkup } from '#platform/escape-markup';
import { spellUnseen } from '#platform/unseen';
import { stylesheet } from './stylesheet.ts';

/** Markup that is safe to put into a page as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Quotes end an attribute, so a page escapes them too. */
const escaped = (text: string) => spellUnseen(escapeMarkup(text).replaceAll('"', '&quot;').replaceAll("'", '&#39;'));

type Part = Html | string | number | undefined | false | readonly Part[];

const render = (part: Part): string => {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(render).join('');
  return escaped(String(part));
};

/** A template tag that escapes each value except markup, and spells out invisible characters. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, index) => text + render(values[index - 1]) + string));
}

const style = new Html(`<style>${stylesheet}</style>`);

/** Wraps a page for desktop and phone. The page has no script, no image and no foreign font. */
export function page(title: string, body: Html, where?: string): string {
  const head = html`<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>${title}</title>${style}</head>`;
  const masthead = html`<header class="masthead"><p class="wordmark">Sluice</p>${where !== undefined && html`<p>${where}</p>`}</header>`;
  return `<!doctype html>${html`<html lang="en">${head}<body>${masthead}<main id="main">${body}</main></body></html>`.text}`;
}
