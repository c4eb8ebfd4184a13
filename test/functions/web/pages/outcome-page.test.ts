import { describe, expect, it } from 'vitest';
import type { Approval } from '#deployment/deployment';
import { notFoundPage, outcomePage } from '#web/pages/outcome-page';
import { signInPage, wrongPersonPage } from '#web/pages/sign-in-page';
import { stopOutcomePage, stopPage } from '#web/pages/stop-page';
import { at } from '../../../fixtures/deployment.ts';
import { approval, asked, body, form } from './asked.ts';

describe('the page after a click', () => {
  const settled = (status: Approval['status']): Approval => ({ ...approval, status, decidedBy: 'sre@acme.example', decidedAt: at(90) });

  it.each([
    ['APPROVED', 'Approved'],
    ['REJECTED', 'Rejected'],
    ['CANCELLED', 'Cancelled'],
    ['EXPIRED', 'Expired without an answer'],
    ['SUPERSEDED', 'Superseded by a newer question'],
    ['REVOKED', 'Revoked'],
    ['PROCEEDING', 'Proceeding'],
  ] as const)('shows for the status %s the decision, the person and the time', (status, heading) => {
    const page = body(outcomePage({ ...asked, approval: settled(status) }, settled(status), undefined, { now: at(92) }));

    expect(page).toContain(`<h1>${heading}</h1>`);
    expect(page).toContain('sre@acme.example');
    expect(page).toContain('Friday 31 October 2025, 14:30:00 UTC</time> <span class="soft">(2 minutes ago)');
    expect(page).not.toContain('<form');
  });

  it('says after a late click what happens instead', () => {
    const page = outcomePage(asked, approval, 'The time to answer is over. This click decided nothing.', { now: at(24 * 60 + 1) });

    expect(page).toContain('<h1>Too late to answer</h1>');
    expect(page).toContain('Without an answer in time, Sluice cancels the deployment');
  });

  it('says if a stop was accepted, or why not', () => {
    const stopRequest = { kind: 'cancel', by: 'lead@acme.example', at: at(1), reason: 'too risky' } as const;

    expect(stopPage(asked, { action: 'cancel', approver: 'lead@acme.example' }, form)).toContain('<form method="post" class="refuse"');
    expect(stopOutcomePage({ deployment: { ...asked, stopRequest }, link: { action: 'cancel' }, now: at(2) })).toContain(
      '<h1>Cancel requested</h1>',
    );
    expect(
      stopOutcomePage({ deployment: asked, link: { action: 'cancel' }, refused: 'cancel works until its verification begins' }),
    ).toContain('<h1>Cancel not possible</h1>');
  });

  it('says that the time decided only for an expired or proceeding question', () => {
    const bySluice = (status: Approval['status']) => outcomePage(asked, { ...settled(status), decidedBy: 'sluice' });

    expect(bySluice('EXPIRED')).toContain('Sluice, when the time was over');
    expect(bySluice('PROCEEDING')).toContain('Sluice, when the time was over');
    expect(bySluice('REVOKED')).toContain('<dd>Sluice</dd>');
  });

  it('counts the yes of an expired question instead of saying that it had no answer', () => {
    const vote = { by: 'lead@acme.example', at: at(1), assurance: 'link' } as const;
    const page = outcomePage(asked, { ...settled('EXPIRED'), quorum: 2, votes: [vote] });

    expect(page).toContain('Only 1 of 2 said yes in time');
    expect(page).not.toContain('No approver answered');
  });

  it('shows the wrong person nothing about the deployment', () => {
    for (const page of [wrongPersonPage('mallory@acme.example'), signInPage(), notFoundPage()])
      expect(page).not.toContain(asked.issue.title);
  });
});
