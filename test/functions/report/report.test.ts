import { describe, expect, it } from 'vitest';
import type { Deployment } from '#deployment/deployment';
import type { Release } from '#deployment/release';
import { weeklyReport } from '#report/report';
import { at, deploymentWith, releaseIn } from '../../fixtures/deployment.ts';

const week = { from: '2025-10-27', to: '2025-11-02' };
const report = (...deployments: Deployment[]) => weeklyReport(deployments, week);
const metric = (text: string, name: string) => text.split('\n').find((line) => line.startsWith(`| ${name}`));
const scored = (scoreHundredths: number) => ({ ...deploymentWith().decision, scoreHundredths }) as NonNullable<Deployment['decision']>;
const undone: Partial<Release> = { rollback: { reason: 'errors', attempts: 1, checks: [] }, result: 'RolledBack' };
const rolledBack = deploymentWith({ outcome: 'RolledBack', outcomeReason: 'errors', production: releaseIn('production', undone) });
const stagingFailed = deploymentWith({
  outcome: 'Escalated',
  outcomeReason: 'failed in staging',
  staging: releaseIn('staging', undone),
  production: undefined,
});
const escalated = deploymentWith({ outcome: 'Escalated', staging: undefined, production: undefined });
const cancelled = deploymentWith({ outcome: 'Cancelled', production: undefined });

describe('the weekly report', () => {
  it('contains each metric of R-REPORT with its target', () => {
    const text = report(deploymentWith(), deploymentWith(), deploymentWith(), rolledBack);

    expect(text).toContain('# Autonomous deployments, 2025-10-27 to 2025-11-02');
    expect(metric(text, 'total')).toBe('| total autonomous deployments | 4 (4 reached an environment) | |');
    expect(metric(text, 'success rate')).toBe('| success rate | 75.0 % (3 of 4) | > 95 % |');
    expect(metric(text, 'rollback rate')).toBe('| rollback rate | 25.0 % (1 of 4) | < 5 % |');
    expect(metric(text, 'time saved')).toBe('| time saved (estimate, 1.5 h each) | 4.5 h | 5+ h |');
    expect(text).toContain('## Rollbacks\n- auto-deploy-20251031-0123456789: errors\n');
    expect(text).toContain('## Top issue types resolved\n- test-failures / failed-check: 3\n');
    expect(text).toContain('- 1 rollback(s): add a staging check');
  });

  it('measures the time to resolution from detection to production, without the verification after it', () => {
    const { issue } = deploymentWith();
    const slow = deploymentWith({ issue: { ...issue, detectedAt: at(-4) } });

    expect(metric(report(deploymentWith(), slow), 'mean time')).toBe('| mean time to resolution | 29.0 min (median 29.0 min) | < 30 min |');
    expect(metric(report(deploymentWith({ stages: [] })), 'mean time')).toContain('58.0 min');
  });

  it('shows the median beside a mean that one slow deployment pulls up', () => {
    const { issue } = deploymentWith();
    const slow = deploymentWith({ issue: { ...issue, detectedAt: at(-302) } });

    expect(metric(report(deploymentWith(), deploymentWith(), slow), 'mean time')).toContain('128.0 min (median 28.0 min)');
  });

  it('lists a detection long before admission, and the mean without it', () => {
    const { issue } = deploymentWith();
    const old = deploymentWith({ id: 'old', issue: { ...issue, detectedAt: at(-10 * 1440) } });
    const text = report(deploymentWith(), old);

    expect(metric(text, 'mean time')).toContain('7227.0 min (median 7227.0 min; 1 of 2 with an implausible detection, 28.0 min without) |');
    expect(text).toContain('## Implausible detection times\n- old: detected 10.0 days before Sluice admitted it');
  });

  it('asks to correct the clock if a detection is later than its admission', () => {
    const { issue } = deploymentWith();
    const early = deploymentWith({ id: 'early', issue: { ...issue, detectedAt: at(30) } });
    const text = report(early);

    expect(metric(text, 'mean time')).toContain('-4.0 min (median -4.0 min; 1 of 1 with an implausible detection) |');
    expect(text).toContain("- early: detected 30.0 min after Sluice admitted it; correct the producer's clock");
  });

  it('ignores one minute of difference between clocks', () => {
    const { issue } = deploymentWith();
    const text = report(
      deploymentWith({ issue: { ...issue, detectedAt: at(1) } }),
      deploymentWith({ issue: { ...issue, detectedAt: at(-1440) } }),
    );

    expect(text).not.toContain('mplausible');
  });

  it('counts a failure in staging as a failure and a rollback', () => {
    const text = report(deploymentWith(), stagingFailed);

    expect(metric(text, 'success rate')).toContain('50.0 % (1 of 2)');
    expect(metric(text, 'rollback rate')).toContain('50.0 % (1 of 2)');
    expect(text).toContain('failed in staging');
  });

  it('counts RollbackFailed as a rollback even if no rollback was recorded', () => {
    const lost = deploymentWith({ outcome: 'RollbackFailed', production: releaseIn('production', { result: undefined }) });

    expect(metric(report(lost), 'rollback rate')).toContain('100.0 % (1 of 1)');
  });

  it('leaves deployments that never ran or were cancelled out of the success rate', () => {
    const text = report(deploymentWith(), escalated, cancelled, deploymentWith({ outcome: undefined }));

    expect(metric(text, 'total')).toContain('3 (1 reached an environment)');
    expect(metric(text, 'success rate')).toContain('100.0 % (1 of 1)');
    expect(text).toContain('- 1 cancelled: ask the approvers');
    expect(text).not.toContain('more issues were escalated than deployed');
    expect(report(deploymentWith(), escalated, escalated)).toContain('more issues were escalated than deployed');
  });

  it('reports how often a score of 0.70 or more predicted success', () => {
    const accuracy = (...deployments: Deployment[]) => metric(report(...deployments), 'confidence accuracy');

    expect(accuracy(deploymentWith({ decision: scored(70) }))).toContain('100.0 % (1 of 1) | > 90 %');
    expect(accuracy(deploymentWith({ decision: scored(69) }))).toContain('0.0 % (0 of 1)');
    expect(accuracy({ ...rolledBack, decision: scored(69) }, { ...rolledBack, decision: scored(95) })).toContain('50.0 % (1 of 2)');
  });

  it('puts the most frequent issue type first', () => {
    const { issue } = deploymentWith();
    const lint = deploymentWith({ issue: { ...issue, domain: 'code-quality', type: 'lint' } });

    expect(report(deploymentWith(), lint, lint)).toContain('- code-quality / lint: 2\n- test-failures / failed-check: 1');
  });

  it('says that there is no data in a week without deployments', () => {
    const text = report();

    expect(text.match(/no data/g)).toHaveLength(4);
    expect(text.match(/^- none$/gm)).toHaveLength(3);
    expect(text).not.toContain('NaN');
    expect(text).not.toContain('mplausible');
  });
});
