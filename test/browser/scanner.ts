import type { Browser, Page, Response } from 'playwright-core';

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

/** What newer scanners do, each at least as rude as the last: the button's own way, past the validation, and without the button. */
const ways = ['requestSubmit()', 'toggleAttribute("novalidate"), document.forms[0].requestSubmit()', 'submit()'];

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
  const count = (response: Response) => {
    if (response.request().method() === 'POST') answers++;
  };
  page.on('response', count);
  for (const how of ways) {
    await page.goto(link);
    const forms = await page.evaluate<number>('document.forms.length');
    for (let index = 0; index < forms; index++) {
      await page.evaluate(`document.forms[${index}].${how}`);
      await page.waitForLoadState('networkidle');
    }
  }
  page.off('response', count);
  return answers;
}
