import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { submitForm } from '../../cli/start/approver.ts';
import { releasedRows, resolvedRows, rolledBackRows, shapeOf } from './outcomes.ts';
import { Sluice } from './sluice.ts';

let sluice: Sluice;
beforeAll(async () => {
  sluice = await Sluice.start({ requestsPerSecond: 20 });
});
afterAll(() => sluice.stop());

const asked = [...resolvedRows, ...releasedRows('staging', 1), 'ApprovalRequested', 'ApprovalSettled'];

describe('a fix in the notify band', () => {
  it('is cancelled by an approver within the window', async () => {
    const id = await sluice.submit('c-code-quality.json');
    const link = await sluice.mailedLink(id, 'cancel');

    await sluice.clock.runUntil(submitForm(link));

    expect(await sluice.ended(id)).toMatchObject({
      outcome: 'Cancelled',
      outcomeReason: 'cancel by lead@acme.example: by the link in a message',
      decision: { scoreHundredths: 75, requirement: 'notify' },
    });
    expect(await sluice.signature('Approval', id)).toBe('OpenWindow RequestApproval SettleApproval Decision? Cancelled');
  });

  it('proceeds when the window ends, and is rolled back when its users in production get errors', async () => {
    const id = await sluice.submit('c-code-quality.json');

    const deployment = await sluice.ended(id);

    expect(deployment).toMatchObject({
      outcome: 'RolledBack',
      approval: { status: 'PROCEEDING' },
      staging: { result: 'Succeeded' },
      production: { result: 'RolledBack', phase: 'bake', rollback: { verdict: 'Successful' } },
    });
    expect(deployment.outcomeReason).toMatch(/^error-rate: \d+(\.\d+)? % against 2 %/);
    expect(await sluice.serving('production')).toBe('1');
    const rolling = ['LockAcquired', 'ReadinessChecked', 'ReleasePlanned', 'CandidateStaged', 'StepApplied', 'HealthJudged'].map(
      (type) => `production:${type}`,
    );
    expect(shapeOf(await sluice.trail(id))).toEqual([...asked, ...rolling, ...rolledBackRows('production'), 'OutcomeRecorded']);
    expect(await sluice.signature('Rollback', id)).toBe(
      'RollBack Restored? WaitToSettle VerifyRollback Verified? FinishRollback Orphaned? Outcome? RolledBack',
    );
    expect(await sluice.subjects(id)).toContain('Autonomous deployment failed and rolled back (storefront)');
  });

  it('proceeds at once when an approver asks for it', async () => {
    sluice.productionMix = 'staging';
    const id = await sluice.submit('c-code-quality.json');
    const link = await sluice.mailedLink(id, 'proceed');

    await sluice.clock.runUntil(submitForm(link));

    expect(await sluice.ended(id)).toMatchObject({
      outcome: 'Deployed',
      approval: { status: 'PROCEEDING', decidedBy: 'lead@acme.example' },
    });
  });
});
