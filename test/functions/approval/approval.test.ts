import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ApprovalAction, eligibleApprovers, settle } from '#approval/approval';
import type { Approval } from '#deployment/deployment';

const asked: Approval = {
  approvalId: 'A'.repeat(22),
  kind: 'approve',
  status: 'PENDING',
  approvers: ['lead@acme.example'],
  digest: 'aGVsbG8=',
  requestedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-01-02T00:00:00.000Z',
};
const before = '2026-01-01T23:59:59.999Z';
const after = '2026-01-02T00:00:00.000Z';
const answer = (approval: Approval, action: ApprovalAction, at = before, by = 'lead@acme.example') => {
  const settled = settle(approval, { action, by, at });
  return 'next' in settled ? settled.next.status : settled.refused;
};

describe('an approval', () => {
  it.each([
    ['approve', 'approve', 'APPROVED'],
    ['approve', 'reject', 'REJECTED'],
    ['approve', 'cancel', 'CANCELLED'],
    ['notify', 'proceed', 'PROCEEDING'],
    ['notify', 'cancel', 'CANCELLED'],
  ] as const)('settles a question of kind %s by %s as %s', (kind, action, status) => {
    expect(answer({ ...asked, kind }, action)).toBe(status);
  });

  it('expires a question to EXPIRED, and a cancel window to PROCEEDING, only after the time is over', () => {
    expect(answer(asked, 'expire', after, 'sluice')).toBe('EXPIRED');
    expect(answer({ ...asked, kind: 'notify' }, 'expire', after, 'sluice')).toBe('PROCEEDING');
    expect(answer(asked, 'expire', before, 'sluice')).toBe(`the window ends at ${after}`);
  });

  it('takes a click in the last millisecond and refuses one at the end', () => {
    expect(answer(asked, 'approve', before)).toBe('APPROVED');
    expect(answer(asked, 'approve', after)).toContain('the time to answer was over');
  });

  it('refuses the answer of a person who is not an approver', () => {
    expect(answer(asked, 'approve', before, 'eve@acme.example')).toBe('eve@acme.example is not an approver');
  });

  it('compares moments, not their spelling', () => {
    const whole = { ...asked, expiresAt: '2026-01-02T00:00:00Z' };

    expect(answer(whole, 'approve', '2026-01-02T00:00:00.500Z')).toContain('the time to answer was over');
    expect(answer(whole, 'expire', '2026-01-02T00:00:00.000Z', 'sluice')).toBe('EXPIRED');
  });

  it('refuses the yes of the author of the fix in any spelling, and accepts their no', () => {
    const own = { ...asked, author: 'Lead@acme.example' };

    expect(answer(own, 'approve')).toBe('lead@acme.example made this fix; another approver must answer');
    expect(answer({ ...own, kind: 'notify' }, 'proceed')).toContain('another approver must answer');
    expect(answer(own, 'reject')).toBe('REJECTED');
    expect(answer({ ...asked, author: 'ana@acme.example' }, 'approve')).toBe('APPROVED');
  });

  it('lets an operator cancel after the window, while the question is still open', () => {
    expect(answer({ ...asked, kind: 'notify' }, 'cancel', after, 'operator ana')).toBe('CANCELLED');
  });

  it.each([
    ['approve', 'proceed'],
    ['notify', 'approve'],
  ] as const)('refuses an answer to a question of kind %s by %s', (kind, action) => {
    expect(answer({ ...asked, kind }, action)).toBe(`${action} does not answer this question`);
  });

  it('records who decided and when', () => {
    expect(settle(asked, { action: 'approve', by: 'lead@acme.example', at: before })).toMatchObject({
      next: { decidedBy: 'lead@acme.example', decidedAt: before },
    });
    expect(answer({ ...asked, status: 'REJECTED', decidedBy: 'sre', decidedAt: before }, 'approve')).toBe(
      'the question was rejected by sre',
    );
  });

  it('waits for the quorum, counts the yes of a person once, and ends at the first no', () => {
    const two: Approval = { ...asked, approvers: ['lead@acme.example', 'sre@acme.example', 'cto@acme.example'], quorum: 2 };
    const first = settle(two, { action: 'approve', by: 'lead@acme.example', at: before });
    const voted = (first as { next: Approval }).next;

    expect(voted).toMatchObject({ status: 'PENDING', votes: [{ by: 'lead@acme.example', at: before, assurance: 'link' }] });
    expect(voted.decidedBy).toBeUndefined();
    expect(answer(voted, 'approve')).toBe('lead@acme.example already said yes; 1 of 2 so far');
    expect(answer(voted, 'reject', before, 'cto@acme.example')).toBe('REJECTED');
    expect(settle(voted, { action: 'approve', by: 'sre@acme.example', at: before, assurance: 'signed-in' })).toMatchObject({
      next: { status: 'APPROVED', decidedBy: 'lead@acme.example and sre@acme.example', assurance: 'link' },
    });
    expect(answer(voted, 'expire', after, 'sluice')).toBe('EXPIRED');
  });

  it('proceeds in the cancel window on the yes of one approver, even if the quorum is two', () => {
    expect(answer({ ...asked, kind: 'notify', quorum: 2, votes: [] }, 'proceed')).toBe('PROCEEDING');
  });

  it('refuses an answer without sign-in if the policy asks for sign-in, and records the assurance', () => {
    const strict: Approval = { ...asked, signIn: true, environment: 'production' };

    expect(answer(strict, 'approve')).toBe('sign in first; production takes no answer by a link alone');
    expect(answer(strict, 'reject')).toContain('sign in first');
    expect(settle(strict, { action: 'approve', by: 'lead@acme.example', at: before, assurance: 'signed-in' })).toMatchObject({
      next: { status: 'APPROVED', assurance: 'signed-in' },
    });
    expect(answer(strict, 'expire', after, 'sluice')).toBe('EXPIRED');
  });

  it('refuses the yes of a maker of the fix', () => {
    const made: Approval = { ...asked, makers: ['LEAD@acme.example'] };

    expect(answer(made, 'approve')).toContain('another approver must answer');
    expect(eligibleApprovers({ ...made, approvers: ['lead@acme.example', 'sre@acme.example'] })).toEqual(['sre@acme.example']);
  });

  it('keeps a final answer after any further action', () => {
    const actions: ApprovalAction[] = ['approve', 'reject', 'cancel', 'proceed', 'expire', 'revoke', 'supersede'];
    fc.assert(
      fc.property(
        fc.constantFrom(...actions),
        fc.constantFrom(...actions),
        fc.constantFrom(before, after),
        fc.constantFrom('approve', 'notify'),
        (first, second, at, kind) => {
          const settled = settle({ ...asked, kind: kind as Approval['kind'] }, { action: first, by: 'lead@acme.example', at });
          if ('refused' in settled) return;

          expect(settle(settled.next, { action: second, by: 'lead@acme.example', at })).toHaveProperty('refused');
        },
      ),
      { seed: 5 },
    );
  });
});
