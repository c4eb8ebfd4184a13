import type { Browser, Page } from 'playwright-core';

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
  const page = await context.newPage();
  const opened: string[] = [];
  let submitted = 0;
  for (const link of start) {
    const found = await visit(page, link);
    opened.push(link, ...found);
    for (const other of found) await page.goto(other);
    submitted += await submitAll(page, link);
  }
  await context.close();
  return { opened, submitted };
}

async function visit(page: Page, link: string): Promise<string[]> {
  await page.goto(link);
  return page.evaluate(provoke);
}

async function submitAll(page: Page, link: string): Promise<number> {
  let answers = 0;
  for (const { how, sends } of ways) {
    await page.goto(link);
    if ((await page.evaluate<number>('document.forms.length')) === 0) continue;
    const answer = sends ? page.waitForResponse((response) => response.request().method() === 'POST') : undefined;
    await page.evaluate(`document.forms[0].${how}`);
    if (await answer) answers++;
  }
  return answers;
}
