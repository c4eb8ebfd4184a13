import { describe, expect, it } from 'vitest';
import type { Approval, Deployment } from '#deployment/deployment';
import { outcomeOf } from '#outcome/outcome-of';
import { at, deploymentWith, fix, releaseIn } from '../../fixtures/deployment.ts';

const stopRequest = { kind: 'cancel', by: 'operator ana', at: at(1), reason: 'I saw something' } as const;
const rolledBack = { result: 'RolledBack', resultReason: 'error-rate: 3 % against 2 %' } as const;
const answered = (status: Approval['status'], change: Partial<Approval> = {}): Partial<Deployment> => ({
  production: undefined,
  approval: {
    approvalId: 'a',
    kind: 'approve',
    status,
    approvers: [],
    digest: 'd',
    requestedAt: at(1),
    ...change,
    expiresAt: at(2),
    decidedBy: 'lead',
  },
});
const outcome = (change: Partial<Deployment>, defect?: string) => {
  const { outcome: name, reason } = outcomeOf(deploymentWith({ outcome: undefined, ...change }), defect);
  return `${name}: ${reason}`;
};
const decision = deploymentWith().decision as NonNullable<Deployment['decision']>;

describe('outcomeOf', () => {
  it('returns Deployed after production succeeded', () => {
    expect(outcome({})).toBe('Deployed: stable through 2100 s of watching in production');
  });

  it.each<[string, Partial<Deployment>, string]>([
    ['production failed', { production: releaseIn('production', rolledBack) }, 'RolledBack: error-rate: 3 % against 2 %'],
    [
      'production failed and no reason is on record',
      { production: releaseIn('production', { result: 'RolledBack' }) },
      'RolledBack: rolled back in production',
    ],
    [
      'staging failed',
      { staging: releaseIn('staging', rolledBack), production: undefined },
      'Escalated: failed in staging and was rolled back there: error-rate: 3 % against 2 %',
    ],
    [
      'the rollback failed, even after a stop',
      { production: releaseIn('production', { result: 'RollbackFailed', resultReason: 'still unhealthy' }), stopRequest },
      'RollbackFailed: still unhealthy',
    ],
    [
      'the rollback in staging failed and no reason is on record',
      { staging: releaseIn('staging', { result: 'RollbackFailed' }), production: undefined },
      'RollbackFailed: the rollback in staging could not be verified',
    ],
    ['an operator cancelled', { production: undefined, stopRequest }, 'Cancelled: cancel by operator ana: I saw something'],
    [
      'an operator undid production',
      { production: releaseIn('production', rolledBack), stopRequest: { ...stopRequest, kind: 'rollback' } },
      'RolledBack: rollback by operator ana: I saw something',
    ],
    [
      'a pre-check refused',
      { production: releaseIn('production', { stepIndex: -1, result: 'NotStarted', resultReason: 'locked' }) },
      'Escalated: production was not started: locked',
    ],
    ['no approver answered', answered('EXPIRED'), 'Cancelled: no approver answered the approval request in time'],
    [
      'one of two approvers answered',
      answered('EXPIRED', { quorum: 2, votes: [{ by: 'lead', at: 'then', assurance: 'link' }] }),
      'Cancelled: only 1 of 2 said yes to the approval request in time',
    ],
    ['an approver said no', answered('REJECTED'), 'Cancelled: rejected by lead'],
    ['an approver cancelled', answered('CANCELLED'), 'Cancelled: cancelled by lead'],
    [
      'the fix did not pass',
      { staging: undefined, production: undefined, fix: { ...fix, verdict: 'Inconclusive', reason: 'tests: did not run' } },
      'Escalated: tests: did not run',
    ],
    [
      'the issue is not eligible',
      {
        staging: undefined,
        production: undefined,
        fix: undefined,
        decision: { ...decision, requirement: 'escalate', ineligibleBecause: ['a', 'b'] },
      },
      'Escalated: a; b',
    ],
  ])('returns outcome and reason when %s', (_case, change, expected) => {
    expect(outcome(change)).toBe(expected);
  });

  it('returns RollbackFailed for a release that stopped halfway', () => {
    const half = { result: undefined, stepIndex: 0 } as const;

    expect(outcome({ production: releaseIn('production', half) })).toMatch(/^RollbackFailed: production was being changed/);
    expect(outcome({ staging: releaseIn('staging', half), production: undefined, stopRequest })).toMatch(/^RollbackFailed: staging/);
    expect(outcome({ production: releaseIn('production', { ...half, stepIndex: -1 }), stopRequest })).toMatch(/^Cancelled/);
  });

  it('escalates a deployment without another reason, and names the defect', () => {
    const nothing = { staging: undefined, production: undefined, ...answered('APPROVED') };

    expect(outcome(nothing, 'States.Timeout')).toMatch(/^Escalated: stopped by States.Timeout; nothing is deployed/);
    expect(outcome(nothing)).toContain('an unknown defect');
  });
});
