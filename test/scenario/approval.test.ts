import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { submitForm } from '../../cli/start/approver.ts';
import { releasedRows, resolvedRows, shapeOf } from './outcomes.ts';
import { Sluice } from './sluice.ts';

let sluice: Sluice;
beforeAll(async () => {
  sluice = await Sluice.start();
});
afterAll(() => sluice.stop());

const asked = [...resolvedRows, ...releasedRows('staging', 1), 'ApprovalRequested', 'ApprovalSettled'];

describe('a security fix', () => {
  it('is cancelled when no approver answers in time', async () => {
    const id = await sluice.submit('b-dependabot-alert.json');

    const deployment = await sluice.ended(id);

    expect(deployment).toMatchObject({
      outcome: 'Cancelled',
      outcomeReason: 'no approver answered the approval request in time',
      approval: { status: 'EXPIRED' },
      decision: { scoreHundredths: 55 },
    });
    expect(deployment.production).toBeUndefined();
    expect(shapeOf(await sluice.trail(id))).toEqual([...asked, 'OutcomeRecorded']);
    expect(await sluice.signature('Approval', id)).toBe('OpenWindow RequestApproval SettleApproval Decision? Expired');
  });

  it('is cancelled when an approver rejects it', async () => {
    const id = await sluice.submit('b-dependabot-alert.json');
    const link = await sluice.mailedLink(id, 'reject');

    const answer = await sluice.clock.runUntil(submitForm(link));

    expect(answer).toEqual({ status: 200, heading: 'Rejected' });
    expect(await sluice.ended(id)).toMatchObject({ outcome: 'Cancelled', outcomeReason: 'rejected by lead@acme.example' });
    expect(await sluice.signature('Approval', id)).toBe('OpenWindow RequestApproval SettleApproval Decision? Rejected');
  });

  it('goes to production when an approver approves it, and a second click only shows the decision', async () => {
    const id = await sluice.submit('b-dependabot-alert.json');
    const link = await sluice.mailedLink(id, 'approve', 'sre@acme.example');

    await sluice.clock.runUntil(submitForm(link));

    expect(await sluice.ended(id)).toMatchObject({
      outcome: 'Deployed',
      approval: { status: 'APPROVED', decidedBy: 'sre@acme.example' },
      decision: { gates: [{ gate: 'security' }] },
    });
    expect(shapeOf(await sluice.trail(id))).toEqual([...asked, ...releasedRows('production', 2), 'OutcomeRecorded']);
    const later = await sluice.clock.runUntil(fetch(link).then((answer) => answer.text()));
    expect(later).toContain('<h1>Approved</h1>');
  });

  it('decides nothing by GET, by a forged link or without the typed fragment', async () => {
    const id = await sluice.submit('bad/schema-change.json');
    const link = await sluice.mailedLink(id, 'approve');
    const forged = link.replace(/approve$/, 'reject');

    const [seen, wrong, unsigned] = await sluice.clock.runUntil(
      Promise.all([fetch(link), fetch(link, { method: 'POST', body: new URLSearchParams({ fragment: '000000' }) }), fetch(forged)]),
    );

    expect([seen.status, wrong.status, unsigned.status]).toEqual([200, 400, 404]);
    expect(await sluice.until(id, () => true)).toMatchObject({
      approval: { status: 'PENDING' },
      decision: { gates: [{ gate: 'schema-change' }] },
    });
  });
});
