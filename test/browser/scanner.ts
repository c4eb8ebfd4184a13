import type { Browser, BrowserContext, Page } from './packages/index.ts';

export interface Scanned {
  readonly opened: string[];
  readonly submitted: number;
}

// Text, since these run in the browser: what a scanner's sandbox does to a page to find out whether it is dangerous.
const provoke = `(() => {
  for (const type of ['DOMContentLoaded', 'load', 'mousemove', 'focus', 'pagehide']) window.dispatchEvent(new Event(type));
  for (const element of document.querySelectorAll('a, button, input, summary, label')) element.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
  for (const element of document.querySelectorAll('summary')) element.click();
  return [...document.querySelectorAll('[href]')].map(({ href }) => href).filter((href) => href.startsWith('http'));
})()`;

/** What newer scanners do, each ruder than the last: as the button does, past the validation, and without the button. */
const ways = [
  { how: 'requestSubmit()', sends: false },
  { how: "toggleAttribute('novalidate', true) && document.forms[0].requestSubmit()", sends: true },
  { how: 'submit()', sends: true },
];

/** Follows every link from here, runs scripts, and submits every form it finds in every way, with all typed fields blank. */
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

/** Every visit has a tab of its own, so that no answer of the one before comes in between. */
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
