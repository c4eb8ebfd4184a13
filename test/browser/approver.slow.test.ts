import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployments } from '#services';
import { desktop, lookAt, openChromium, phone, picture } from './chromium.ts';
import type { Browser, BrowserContextOptions, Page } from './packages/index.ts';
import { Questions } from './questions.ts';
import { scan } from './scanner.ts';

let questions: Questions;
let browser: Browser;
beforeAll(async () => {
  [questions, browser] = await Promise.all([Questions.start(), openChromium()]);
});
afterAll(async () => {
  await browser?.close();
  await questions?.sluice.stop();
});

const HEADS_AND_GETS = 1_000;
const AT_ONCE = 4;

/** Opens a link as a person does. An error in the browser's console fails the test. */
async function open(link: string, how: BrowserContextOptions = desktop): Promise<Page> {
  const page = await (await browser.newContext(how)).newPage();
  page.on('console', (message) =>
    expect.soft(message.text()).toMatch(/^Failed to load resource: the server responded with a status of 40[04]/),
  );
  await page.goto(link);
  return page;
}

/** Types the characters that the page asks for, and sends the form. */
async function answer(page: Page, button: string): Promise<void> {
  const label = page.getByLabel(/last six characters/);
  await label.fill(await digestOn(page));
  await page.getByRole('button', { name: button }).click();
}

const digestOn = (page: Page) => page.locator('label[for=fragment] code').innerText();
const heading = (page: Page) => page.getByRole('heading', { level: 1 }).innerText();
/** The question and one person's rows. The approved release continues meanwhile and writes other rows. */
const decidedBy = async (id: string, person: string) => {
  const { approval } = await deployments().read(id);
  return { approval, rows: (await questions.sluice.trail(id)).filter(({ actor }) => actor === person) };
};
const statusOf = async (id: string) => (await deployments().read(id)).approval?.status;

describe('an approver', () => {
  it('sees the fix, the reasons, the score, staging and the change, on a page without scripts', async () => {
    const page = await open(await questions.sluice.mailedLink(questions.first.id, 'approve'));

    expect(await heading(page)).toBe(questions.first.issue.title);
    for (const name of [
      'What will be deployed',
      'Why it needs you',
      'Confidence 0.55',
      'Staging',
      'Tests and scans',
      'The change',
      'Who may answer',
    ])
      expect(await page.getByRole('region', { name }).count(), name).toBe(1);
    expect(await page.getByRole('img', { name: /Error rate/ }).count()).toBe(1);
    expect(await page.locator('script, img, iframe, link').count()).toBe(0);
    await lookAt(page, 'approve-desktop');
  });

  it('approves with only the keyboard, and sees the decision after a second click', async () => {
    const { id } = questions.first;
    const link = await questions.sluice.mailedLink(id, 'approve');
    const page = await open(link);

    const order = await tabThrough(page);
    await page.keyboard.type(await digestOn(page));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Approved' }).waitFor();

    expect(order.at(0)?.name).toBe('Go to the answer');
    expect(order.at(-1)?.name).toMatch(/last six characters/);
    expect(order.filter(({ outlined, name }) => !outlined || !name)).toEqual([]);
    await lookAt(page, 'approved');
    const before = await decidedBy(id, 'lead@acme.example');
    const second = await open(link);
    expect(await second.getByText('lead@acme.example').count()).toBe(1);
    expect(await heading(second)).toBe('Approved');
    expect(await decidedBy(id, 'lead@acme.example')).toEqual(before);
    expect((await questions.sluice.until(id, ({ status }) => status === 'Production')).approval?.decidedBy).toBe('lead@acme.example');
  });

  it('take a rejection on a phone after one mistyped digest', async () => {
    const id = await questions.ask('approve');
    const page = await open(await questions.sluice.mailedLink(id, 'reject'), phone);

    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    expect(await smallTargets(page)).toEqual([]);
    await picture(page, 'reject-phone');
    await page.getByLabel(/last six characters/).fill('000000');
    await page.getByRole('button', { name: 'Reject this deployment' }).tap();
    expect(await page.getByRole('alert').innerText()).toMatch(/do not match/);
    expect(await statusOf(id)).toBe('PENDING');
    await lookAt(page, 'mistyped-phone');
    await answer(page, 'Reject this deployment');

    expect(await heading(page)).toBe('Rejected');
    expect(await statusOf(id)).toBe('REJECTED');
    await lookAt(page, 'rejected-phone');
  });

  it('cancels a deployment within the window', async () => {
    const id = await questions.ask('notify', {}, 3_600);
    const page = await open(await questions.sluice.mailedLink(id, 'cancel'));

    await lookAt(page, 'cancel-desktop');
    await answer(page, 'Cancel this deployment');

    expect(await statusOf(id)).toBe('CANCELLED');
    await lookAt(page, 'cancelled');
  });

  it('lets a deployment proceed before the window ends', async () => {
    const id = await questions.ask('notify', {}, 3_600);
    const page = await open(await questions.sluice.mailedLink(id, 'proceed'), { ...desktop, javaScriptEnabled: false });

    await answer(page, 'Proceed now');

    expect(await heading(page)).toBe('Proceeding');
    expect(await statusOf(id)).toBe('PROCEEDING');
  });

  it('sees that the question has expired after a late answer, and decides nothing', async () => {
    const id = await questions.ask('approve', { policy: { ...questions.first.policy, approvalSeconds: 60 } }, 61);
    const link = await questions.sluice.mailedLink(id, 'approve');
    const page = await open(link);
    questions.sluice.lookEveryMs = 10_000;
    await questions.sluice.until(id, ({ approval }) => approval?.status === 'EXPIRED');
    questions.sluice.lookEveryMs = 250;

    await answer(page, 'Approve this deployment');

    expect(await heading(page)).toBe('Expired without an answer');
    expect(await statusOf(id)).toBe('EXPIRED');
    await lookAt(page, 'expired');
  });

  it('reads on a forwarded link who it is for, and answers under that name only', async () => {
    const id = await questions.ask('approve');
    const page = await open(await questions.sluice.mailedLink(id, 'reject', 'sre@acme.example'));

    expect(await page.getByText('sre@acme.example. An answer with this link is recorded under this name.').count()).toBe(1);
    await answer(page, 'Reject this deployment');

    expect((await deployments().read(id)).approval?.decidedBy).toBe('sre@acme.example');
  });

  it('gets the same page for each link that was changed', async () => {
    const id = await questions.ask('approve');
    const link = new URL(await questions.sluice.mailedLink(id, 'approve'));
    const touched = [link.href.replace('/approve', '/reject'), link.href.slice(0, -1), `${link.origin}/approvals/x/approve`, link.origin];

    const pages = await Promise.all(touched.map((url) => fetch(url).then(async (reply) => [reply.status, await reply.text()])));

    expect(new Set(pages.map((page) => JSON.stringify(page))).size).toBe(1);
    expect(pages[0]?.[0]).toBe(404);
    await lookAt(await open(touched[0] as string), 'not-found');
  });
});

describe('a mail scanner', () => {
  it('changes no stored byte when it follows links, runs scripts and submits every form', async () => {
    const id = await questions.ask('approve');
    const links = await Promise.all(['view', 'approve', 'reject'].map((action) => questions.sluice.mailedLink(id, action)));
    const before = await questions.stored();

    const { opened, submitted } = await scan(browser, links);

    expect(opened.length).toBeGreaterThan(links.length);
    expect(submitted).toBe(4);
    expect(await questions.stored()).toBe(before);
  });

  it('changes no stored byte by a thousand GET and HEAD requests', async () => {
    const id = await questions.ask('notify');
    const links = await Promise.all(['proceed', 'cancel'].map((action) => questions.sluice.mailedLink(id, action)));
    const before = await questions.stored();

    const statuses = await ask(HEADS_AND_GETS, (turn) => fetch(links[turn % 2] as string, { method: turn % 4 < 2 ? 'GET' : 'HEAD' }));

    expect(statuses).toEqual({ 200: HEADS_AND_GETS });
    expect(await questions.stored()).toBe(before);
  });
});

/** Sends requests, four at the same time, and counts the replies by status. */
async function ask(requests: number, send: (turn: number) => Promise<Response>): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  let turn = 0;
  const worker = async () => {
    while (turn < requests) {
      const { status, body } = await send(turn++);
      await body?.cancel();
      counts[status] = (counts[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return counts;
}

interface Focused {
  readonly id: string;
  readonly name: string;
  readonly outlined: boolean;
}

// Text, since these run in the browser, which has other types.
const focused = `(({ activeElement: it }) => ({
  id: it.id,
  name: it.labels?.[0]?.innerText ?? it.getAttribute('aria-label') ?? it.innerText,
  outlined: getComputedStyle(it).outlineStyle !== 'none',
}))(document)`;
const tooSmall = `[...document.querySelectorAll('a, button, summary, input:not([type=hidden])')]
  .filter((it) => it.getBoundingClientRect().height < 44).map((it) => it.outerHTML)`;

/** Presses Tab up to the field. Returns the elements on the way, and if each showed its focus. */
async function tabThrough(page: Page): Promise<Focused[]> {
  const passed: Focused[] = [];
  while (passed.at(-1)?.id !== 'fragment') {
    if (passed.length > 60) throw new Error(`Tab never reaches the field: ${JSON.stringify(passed)}`);
    await page.keyboard.press('Tab');
    passed.push(await page.evaluate(focused));
  }
  return passed;
}

/** Lists the targets below 44 CSS pixels, which a thumb needs. */
const smallTargets = (page: Page): Promise<string[]> => page.evaluate(tooSmall);
