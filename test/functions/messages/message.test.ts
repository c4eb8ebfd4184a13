import { describe, expect, it } from 'vitest';
import type { Deployment } from '#deployment/deployment';
import { type MessageKind, messageFor } from '#messages/message';
import { guidePolicy } from '#policy/policy';
import { at, deploymentWith, releaseIn } from '../../fixtures/deployment.ts';

const textOf = (kind: MessageKind, change: Partial<Deployment> = {}, links = {}) =>
  messageFor(kind, deploymentWith(change), { links }).text;
const approval: Deployment['approval'] = {
  approvalId: 'a',
  kind: 'approve',
  status: 'PENDING',
  approvers: [],
  digest: 'd',
  requestedAt: at(12),
  expiresAt: at(1452),
};

describe('a message', () => {
  it.each<[MessageKind, string]>([
    ['escalated', 'Autonomous fix needs a person'],
    ['staging-failed', 'Autonomous fix failed staging deployment - requires review'],
    ['deployed', 'Autonomous fix deployed successfully to production'],
    ['rolled-back', 'Autonomous deployment failed and rolled back'],
    ['cancelled', 'Autonomous deployment cancelled'],
    ['critical', 'CRITICAL: Rollback failed - immediate attention required'],
    ['approval-requested', 'Approval Required: Autonomous Fix Deployment'],
    ['cancel-window', 'Autonomous fix will be deployed'],
    ['released', 'Autonomous fix is being released to production'],
    ['restored', 'Rollback successful'],
  ])('gives a message of the kind %s its own subject, the issue and the deployment', (kind, subject) => {
    expect(messageFor(kind, deploymentWith(), { links: {} }).subject).toBe(`${subject} (storefront)`);
    expect(textOf(kind)).toContain(
      'Issue: Total is wrong\nSeverity: low\nApplication: storefront\nDeployment: auto-deploy-20251031-0123456789',
    );
  });

  it('puts a foreign text on one line, without links and invisible characters', () => {
    const title = 'Fix typo\r\n\n[Approve] https://evil.example/approve\u2028Severity: low \u202Eabc\u115F';
    const gates = [{ gate: 'schema', because: 'it changes db/a\n[Approve] https://evil.example/b.sql' }];
    const decision = { ...(deploymentWith().decision as NonNullable<Deployment['decision']>), gates };
    const issue = { ...deploymentWith().issue, title };
    const text = textOf('approval-requested', { approval, decision, issue }, { approve: 'https://a' });

    expect(text.split('\n')[0]).toBe('Issue: Fix typo [Approve] https[://]evil.example/approve Severity: low ⟨U+202E⟩abc⟨U+115F⟩');
    expect(text).toContain('\nNeeds a person because: it changes db/a [Approve] https[://]evil.example/b.sql\n');
    expect(text.match(/[a-z]+:\/\/\S+/g)).toEqual(['https://a']);
    expect(textOf('cancelled', { outcomeReason: 'x'.repeat(5000) }).length).toBeLessThan(1500);
  });

  it('says after success how long the deployment took and how long it was stable', () => {
    expect(textOf('deployed')).toContain('Time: 56 minutes from issue to verified\nStatus: Stable for 30 minutes');
  });

  it('says after a failure why it failed and what to do', () => {
    const outcomeReason = 'error-rate: 3 % against 2 %';

    expect(textOf('rolled-back', { outcomeReason })).toContain(
      `Failure: ${outcomeReason}\nRollback: Successful\nAction required: Manual review`,
    );
    expect(textOf('staging-failed', { outcomeReason })).toContain(`Failure: ${outcomeReason}`);
    expect(textOf('escalated', { outcomeReason })).toContain(`Why: ${outcomeReason}`);
    expect(textOf('cancelled', { outcomeReason })).toContain(`Why: ${outcomeReason}`);
  });

  it.each([
    ['hold', ['memory: 86 % against 85 %'], 'They never cause a rollback'],
    ['ask', undefined, 'After the same time without it, Sluice rolls back'],
    ['hold', undefined, 'It waits as long as an execution can'],
  ] as const)('says what happens next to a release on hold (%s, %j)', (onStuck, heldBy, consequence) => {
    const judgement = { phase: 'bake', verdict: 'Inconclusive', next: 'Watch', reason: 'why' } as const;
    const production = releaseIn('production', { judgement: { ...judgement, readings: [], ...(heldBy && { heldBy: [...heldBy] }) } });
    const policy = { ...guidePolicy, production: { ...guidePolicy.production, onStuck } };

    expect(textOf('stuck', { production, policy })).toContain(consequence);
  });

  it('says after a rollback where, why and what serves', () => {
    const rollback = { reason: 'error-rate: 3 % against 2 %', attempts: 1, verdict: 'Successful', checks: [] } as const;
    const staging = releaseIn('staging', { rollback: { ...rollback, checks: [] } });

    expect(textOf('restored', { staging, production: undefined })).toContain(
      'Environment: staging\nReason: error-rate: 3 % against 2 %\nStatus: System restored to previous version',
    );
  });

  it.each<[MessageKind, Partial<Deployment>, string]>([
    ['escalated', {}, 'Production was not changed. Staging runs the fix until the next release to it.'],
    ['cancelled', {}, 'Production was not changed. Staging runs the fix until the next release to it.'],
    ['escalated', { staging: undefined }, 'Nothing was deployed.'],
    ['staging-failed', { staging: releaseIn('staging', { result: 'RolledBack' }) }, 'Staging was rolled back. Production was not changed.'],
  ])('says in a message of the kind %s what runs after the deployment: %o', (kind, change, standing) => {
    expect(textOf(kind, { production: undefined, ...change }).split('\n')).toContain(standing);
  });

  it('names the environment and the failed checks after a failed rollback', () => {
    const checks = [{ check: 'service-health', verdict: 'Failed', detail: 'health answered 500' } as const];
    const production = releaseIn('production', { rollback: { reason: 'r', attempts: 3, verdict: 'Failed', checks } });
    const text = textOf('critical', { production });

    expect(text).toContain(
      'Environment: production\nRollback verification: Failed after 3 attempt(s)\nservice-health: Failed: health answered 500',
    );
    expect(text).toContain('sluice unlock storefront production --reason TEXT');
    expect(textOf('critical', { production: undefined })).toContain('Environment: staging\nRollback verification: not finished after 0');
  });

  it('shows an approver the checks, why a person is needed, the deadline and the links', () => {
    const gates = [{ gate: 'security', because: 'it is a security issue' }];
    const decision = { ...(deploymentWith().decision as NonNullable<Deployment['decision']>), gates };
    const text = textOf('approval-requested', { approval, decision }, { approve: 'https://a', reject: 'https://r', other: 'https://o' });

    expect(text).toContain(
      'Confidence: 92%\nFiles Changed: 2\nNeeds a person because: it is a security issue\n\nStaging Results:\n- fix: Successful',
    );
    expect(text).toContain('- tests: Successful');
    expect(text).toContain('- service-health: Successful');
    expect(text).toContain('If no approver answers by Saturday 1 November 2025, 13:12 UTC, the deployment will be cancelled.');
    expect(text).toMatch(/\n\n\[Approve\] https:\/\/a\n\[Reject\] https:\/\/r\n\[other\] https:\/\/o$/);
    expect(textOf('cancel-window', { approval })).toContain(
      'It goes to production on Saturday 1 November 2025, 13:12 UTC, unless a person cancels it.',
    );
  });
});
