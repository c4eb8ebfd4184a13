import { describe, expect, it } from 'vitest';
import type { AuditEvent, AuditRow } from '#deployment/audit-event';
import type { Reading } from '#deployment/release';
import { explain, explanation } from '#report/why';
import { at, deploymentWith, fix } from '../../fixtures/deployment.ts';

const row = (event: AuditEvent): AuditRow => ({
  deploymentId: 'd',
  sequence: 1,
  at: at(0),
  actor: 'test',
  event,
  previousHash: '',
  hash: '',
});
const explained = (event: AuditEvent) => explain(deploymentWith(), [row(event)]).slice(1);
const reading: Reading = {
  metric: 'error-rate',
  verdict: 'Failed',
  value: 3,
  limit: 2,
  margin: -1,
  requests: 100,
  onFailed: 'roll-back',
  detail: '3 % against 2 %',
};
const judged = (next: 'Watch' | 'RollBack'): AuditEvent => ({
  type: 'HealthJudged',
  environment: 'production',
  phase: 'monitor',
  verdict: 'Failed',
  next,
  reason: 'error-rate: 3 % against 2 %',
  readings: [reading],
  literal: { verdict: 'Failed', reasons: ['error-rate: 3 % against 2 %'] },
  sequential: { verdict: 'Inconclusive', reasons: [] },
});
const checks = [{ check: 'performance', verdict: 'Failed', detail: 'p95 900 ms' } as const];

describe('explain', () => {
  it('begins with the outcome and its reason, or with the status', () => {
    expect(explain(deploymentWith(), [])).toEqual([
      'auto-deploy-20251031-0123456789: Deployed, because stable through 2100 s of watching in production',
    ]);
    expect(explain(deploymentWith({ outcome: undefined, outcomeReason: undefined, status: 'Staging' }), [])).toEqual([
      'auto-deploy-20251031-0123456789: Staging',
    ]);
  });

  it('lists each rule and number of the score, the band, each gate and the requirement', () => {
    const lines = explained({
      type: 'DecisionMade',
      eligible: false,
      ineligibleBecause: ['a person fixes it'],
      scoreHundredths: 45,
      scoreParts: [
        { rule: 'base score', hundredths: 50 },
        { rule: 'security issue', hundredths: -5 },
      ],
      band: 'escalate',
      gates: [{ gate: 'security', because: 'it is a security issue' }],
      requirement: 'escalate',
      previousResolutions: 2,
    });

    expect(lines).toEqual([
      'confidence 0.45 with 2 previous resolution(s):',
      '  +0.50 base score',
      '  −0.05 security issue',
      '  band: escalate',
      '  gate security: it is a security issue',
      '  not eligible: a person fixes it',
      '  → escalate',
    ]);
  });

  it('explains a poll that rolled back, or went on against the limits as written', () => {
    expect(explained(judged('RollBack'))).toEqual([
      'production monitor: Failed → RollBack: error-rate: 3 % against 2 %',
      '  error-rate: Failed (3 % against 2 %)',
      '  by the limits as written: Failed (error-rate: 3 % against 2 %)',
      '  by the evidence: Inconclusive',
    ]);
    expect(explained({ ...judged('Watch'), literal: { verdict: 'Successful', reasons: [] } } as AuditEvent)).toEqual([]);
    expect(explained(judged('Watch'))).toEqual([
      'production monitor: went on, although the limits as written would roll back',
      '  by the evidence: Inconclusive',
    ]);
  });

  it.each<[AuditEvent, string[]]>([
    [
      { type: 'FixCollected', ...fix, checks: fix.checks.slice(0, 1), digest: undefined },
      ['fix Successful: every check passed', '  fix: Successful (passed)', '  digest none, commit fixed on base'],
    ],
    [
      { type: 'ReadinessChecked', environment: 'staging', verdict: 'Failed', checks },
      ['staging pre-checks: Failed', '  performance: Failed (p95 900 ms)'],
    ],
    [
      { type: 'ReleaseValidated', environment: 'staging', verdict: 'Failed', checks: [...checks] },
      ['staging validation: Failed', '  performance: Failed (p95 900 ms)'],
    ],
    [
      { type: 'ApprovalRequested', approvalId: 'a', kind: 'approve', approvers: ['lead', 'sre'], digest: 'd', expiresAt: at(9) },
      [`approve: asked lead, sre until ${at(9)} about artifact d`],
    ],
    [{ type: 'ApprovalSettled', approvalId: 'a', status: 'APPROVED', by: 'lead' }, ['answer: APPROVED by lead']],
    [
      { type: 'TrafficRestored', environment: 'production', version: '1', attempt: 1, reason: 'bad' },
      ['production rolled back to version 1: bad'],
    ],
    [
      { type: 'RollbackVerified', environment: 'production', verdict: 'Failed', attempt: 2, checks: [] },
      ['production rollback verification 2: Failed'],
    ],
    [{ type: 'LockAcquired', environment: 'staging', fence: 1 }, []],
  ])('explains a $type row', (event, lines) => {
    expect(explained(event)).toEqual(lines);
  });
});

describe('explanation', () => {
  const decision: AuditEvent = {
    type: 'DecisionMade',
    eligible: true,
    ineligibleBecause: [],
    scoreHundredths: 45,
    scoreParts: [{ rule: 'base score', hundredths: 50 }],
    band: 'escalate',
    gates: [{ gate: 'security', because: 'it is a security issue' }],
    requirement: 'escalate',
    previousResolutions: 2,
  };

  it('names the deployment, its status, its outcome and its reason', () => {
    expect(explanation(deploymentWith(), [])).toEqual({
      deploymentId: 'auto-deploy-20251031-0123456789',
      status: 'Deployed',
      outcome: 'Deployed',
      reason: 'stable through 2100 s of watching in production',
      decisions: [],
    });
    expect(explanation(deploymentWith({ outcome: undefined, outcomeReason: undefined, status: 'Staging' }), [])).toMatchObject({
      status: 'Staging',
      outcome: null,
      reason: null,
    });
  });

  it('gives each decision its row, a sentence, and its rules and numbers as facts', () => {
    const { type: _, ...facts } = decision;

    expect(explanation(deploymentWith(), [row(decision)]).decisions).toEqual([
      {
        sequence: 1,
        at: at(0),
        actor: 'test',
        event: 'DecisionMade',
        sentence: 'confidence 0.45 with 2 previous resolution(s)',
        facts,
      },
    ]);
  });

  it('gives both readings of a poll that rolled back, and leaves out polls that went on', () => {
    const went = { ...judged('Watch'), literal: { verdict: 'Successful', reasons: [] } } as AuditEvent;

    expect(explanation(deploymentWith(), [row(judged('RollBack')), row(went)]).decisions).toEqual([
      expect.objectContaining({
        event: 'HealthJudged',
        sentence: 'production monitor: Failed → RollBack: error-rate: 3 % against 2 %',
        facts: expect.objectContaining({ readings: [reading], sequential: { verdict: 'Inconclusive', reasons: [] } }),
      }),
    ]);
  });
});
