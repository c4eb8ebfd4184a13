import { describe, expect, it, vi } from 'vitest';
import type { Deployment } from '#deployment/deployment';
import { MISTYPED } from '#web/link-form.flow';
import { STOP_LINK_SECONDS } from '#web/links.flow';
import { ask, current, inAWorldOfItsOwn, LEAD, NOW, open, question, rows, SRE } from './asking.ts';

inAWorldOfItsOwn();

describe('a stop link', () => {
  const released: Partial<Deployment> = {
    status: 'Verifying',
    approval: { ...question, status: 'APPROVED', decidedBy: LEAD, decidedAt: question.requestedAt },
  };

  it('counts a cancel once, and shows the same result when the form is sent again', async () => {
    await ask();
    const [lead, sre] = [await open('cancel'), await open('cancel', SRE)];

    const answers = [await lead(), await sre()];
    vi.setSystemTime(NOW + 1000);
    answers.push(await lead(), await sre());

    expect(answers.map(({ heading, counted }) => [heading, counted])).toEqual([
      ['Cancelled', true],
      ['Cancel not possible', false],
      ['Cancelled', true],
      ['Cancel not possible', false],
    ]);
    expect((await rows()).filter(({ type }) => /^Stop/.test(type))).toEqual([
      expect.objectContaining({ type: 'StopRequested', by: LEAD, assurance: 'link' }),
      expect.objectContaining({ type: 'StopRefused', kind: 'cancel', by: SRE, because: expect.stringContaining('already asked for') }),
    ]);
  });

  it('records a mistyped stop and asks again', async () => {
    await ask();
    const send = await open('cancel');

    const mistyped = await send({ fields: { fragment: '000000' } });
    const corrected = await send();

    expect([mistyped.statusCode, corrected.heading]).toEqual([400, 'Cancelled']);
    expect(await rows()).toContainEqual(expect.objectContaining({ type: 'StopRefused', by: LEAD, because: MISTYPED }));
  });

  it('records a late stop, decides nothing and offers no new link', async () => {
    await ask(released);
    const send = await open('cancel');
    vi.setSystemTime(NOW + STOP_LINK_SECONDS * 1000);

    for (const { page, heading } of [await send({ method: 'GET' }), await send()]) {
      expect(heading).toBe('Cancel not possible');
      expect(page).toContain('his link ended at');
      expect(page).not.toContain('href="/deployments/');
    }
    expect((await rows()).filter(({ type }) => type === 'StopRefused')).toHaveLength(1);
    expect((await current()).stopRequest).toBeUndefined();
  });
});

describe('the page of a decision', () => {
  it('offers an approver to stop the running release, until their own link has ended', async () => {
    const approved = { ...question, status: 'APPROVED', decidedBy: LEAD, decidedAt: question.requestedAt } as const;
    await ask({ status: 'Production', approval: approved });
    const look = await open('approve');
    const inTime = await look({ method: 'GET' });
    vi.setSystemTime(Date.parse(question.expiresAt));

    expect(inTime.page).toContain('href="/deployments/');
    expect((await look({ method: 'GET' })).page).not.toContain('href="/deployments/');
  });
});
