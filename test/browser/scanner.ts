import type { Browser, BrowserContext, Page } from './packages/index.ts';

export interface Scanned {
  readonly opened: string[];
  readonly submitted: number;
}

// Text, since this runs in the browser. A scanner's sandbox provokes a page like this to see if it is dangerous.
const provoke = `(() => {
  for (const type of ['DOMContentLoaded', 'load', 'mousemove', 'focus', 'pagehide']) window.dispatchEvent(new Event(type));
  for (const element of document.querySelectorAll('a, button, input, summary, label')) element.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
  for (const element of document.querySelectorAll('summary')) element.click();
  return [...document.querySelectorAll('[href]')].map(({ href }) => href).filter((href) => href.startsWith('http'));
})()`;

/** Three ways in which scanners submit a form: like the button, without validation, and without the button. */
const ways = [
  { how: 'requestSubmit()', sends: false },
  { how: "toggleAttribute('novalidate', true) && document.forms[0].requestSubmit()", sends: true },
  { how: 'submit()', sends: true },
];

/** Follows all links, runs scripts, and submits each form in every way, with all typed fields blank. */
export async function scan(browser: Browser, start: readonly string[]): Promise<Scanned> {
  const context = await browser.newContext();
  const opened: string[] = [];
  let submitted = 0;
  for (const link of start) {
    const found = await inTab(context, link, (page) => page.evaluate<string[]>(provoke));
    opened.push(link, ...found);
    for (const other of found) await inTab(context, other, () => Promise.resolve());
    for (const way of ways) submitted += await inTab(context, link, (page) => submit(page, way));
  }
  await context.close();
  return { opened, submitted };
}

/** Makes each visit in its own tab, so no reply to an earlier visit interferes. */
async function inTab<T>(context: BrowserContext, link: string, visit: (page: Page) => Promise<T>): Promise<T> {
  const page = await context.newPage();
  await page.goto(link);
  const seen = await visit(page);
  await page.close();
  return seen;
}

async function submit(page: Page, { how, sends }: (typeof ways)[number]): Promise<number> {
  if ((await page.evaluate<number>('document.forms.length')) === 0) return 0;
  const answer = sends ? page.waitForResponse((response) => response.request().method() === 'POST') : undefined;
  await page.evaluate(`document.forms[0].${how}`);
  await (await answer)?.finished();
  return sends ? 1 : 0;
}
