import { describe, expect, it } from 'vitest';
import { outcomes } from '#deployment/deployment';
import { deploymentLog } from '#report/deployment-log';
import { at, deploymentWith, fix, releaseIn } from '../../fixtures/deployment.ts';

const without = (check: string) => ({ fix: { ...fix, checks: fix.checks.filter((row) => row.check !== check) } });

describe('the deployment log', () => {
  it('writes each field of the deployment log', () => {
    expect(deploymentLog(deploymentWith())).toEqual({
      deploymentId: 'auto-deploy-20251031-0123456789',
      timestamp: '2025-10-31T13:00:00.000Z',
      issue: { id: 'ci-1', title: 'Total is wrong', domain: 'test-failures', severity: 'low' },
      resolution: {
        goalId: 'auto-1730380800',
        specPath: 'deployments/auto-deploy-20251031-0123456789/plan/',
        workflowName: 'ready-patch',
        tasksCompleted: 3,
        filesModified: ['src/config.ts', 'README.md'],
      },
      validation: { testsPass: true, securityScanPass: true, codeQualityPass: true },
      staging: { deployed: true, deploymentTime: at(5), validationPassed: true, monitoringDuration: 300 },
      production: {
        deployed: true,
        deploymentTime: at(15),
        confidenceScore: 0.92,
        approvalRequired: false,
        monitoringDuration: 2100,
        rollbackOccurred: false,
      },
      outcome: {
        success: true,
        totalTime: 3360,
        issueResolved: true,
        preventionAdded: true,
        name: 'Deployed',
        reason: 'stable through 2100 s of watching in production',
      },
    });
  });

  it('writes null for what did not happen in a deployment that never began', () => {
    const nothing = deploymentLog(
      deploymentWith({ fix: undefined, staging: undefined, production: undefined, decision: undefined, outcome: 'Escalated' }),
    );

    expect(JSON.parse(JSON.stringify(nothing))).toEqual(nothing);
    expect(nothing).toMatchObject({
      resolution: { goalId: null, specPath: null, workflowName: null, tasksCompleted: 0, filesModified: [] },
      validation: { testsPass: false, securityScanPass: false, codeQualityPass: false },
      staging: { deployed: false, deploymentTime: null, validationPassed: false, monitoringDuration: 0 },
      production: { deployed: false, deploymentTime: null, confidenceScore: 0, monitoringDuration: 0 },
      outcome: { success: false, issueResolved: false, preventionAdded: false },
    });
  });

  it.each(outcomes)('logs the outcome %s and its reason', (outcome) => {
    const log = deploymentLog(deploymentWith({ outcome, outcomeReason: 'because' }));

    expect(log.outcome).toMatchObject({ name: outcome, reason: 'because' });
  });

  it('logs no outcome while the deployment is under way', () => {
    const log = deploymentLog(deploymentWith({ status: 'Staging', outcome: undefined, outcomeReason: undefined }));

    expect(log.outcome).toMatchObject({ name: null, reason: null, success: false });
  });

  it('shows the goal of an older record in the present form', () => {
    const older = deploymentWith({ fix: { ...fix, goalId: 'auto-auto-deploy-20251031-0123456789' } });

    expect(deploymentLog(older).resolution.goalId).toBe('auto-20251031-0123456789');
  });

  it.each([
    ['tests', 'testsPass'],
    ['credential-scan', 'securityScanPass'],
    ['phi-scan', 'securityScanPass'],
    ['code-quality', 'codeQualityPass'],
  ] as const)('logs a %s that did not run as not passed', (check, field) => {
    expect(deploymentLog(deploymentWith(without(check))).validation[field]).toBe(false);
  });

  it('logs a rollback, an approval and an inconclusive check in staging', () => {
    const decision = { ...deploymentWith().decision, requirement: 'approve' } as ReturnType<typeof deploymentWith>['decision'];
    const production = releaseIn('production', { result: 'RolledBack', rollback: { reason: 'r', attempts: 1, checks: [] } });
    const staging = releaseIn('staging', { checks: [{ check: 'performance', verdict: 'Inconclusive', detail: '' }] });
    const log = deploymentLog(deploymentWith({ decision, production, staging, outcome: 'RolledBack' }));

    expect(log.production).toMatchObject({ deployed: false, approvalRequired: true, rollbackOccurred: true });
    expect(log.staging.validationPassed).toBe(false);
    expect(deploymentLog(deploymentWith({ staging: releaseIn('staging', { stepIndex: -1, checks: undefined }) })).staging).toMatchObject({
      deployed: false,
      validationPassed: false,
    });
    expect(log.outcome).toMatchObject({ success: false, preventionAdded: false });
  });
});
