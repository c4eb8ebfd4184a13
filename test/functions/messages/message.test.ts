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
  ])('%s says in its subject what it is about, and always which issue and deployment', (kind, subject) => {
    expect(messageFor(kind, deploymentWith(), { links: {} }).subject).toBe(`${subject} (storefront)`);
    expect(textOf(kind)).toContain(
      'Issue: Total is wrong\nSeverity: low\nApplication: storefront\nDeployment: auto-deploy-20251031-0123456789',
    );
  });

  it('keeps what others wrote to one line, without a link to click and without what nobody sees', () => {
    const title = 'Fix typo\r\n\n[Approve] https://evil.example/approve\u2028Severity: low \u202Eabc\u115F';
    const gates = [{ gate: 'schema', because: 'it changes db/a\n[Approve] https://evil.example/b.sql' }];
    const decision = { ...(deploymentWith().decision as NonNullable<Deployment['decision']>), gates };
    const issue = { ...deploymentWith().issue, title };
    const text = textOf('approval-requested', { approval, decision, issue }, { approve: 'https://a' });

    expect(text.split('\n')[0]).toBe('Issue: Fix typo [Approve] https[://]evil.example/approve Severity: low ⟨U+202E⟩abc⟨U+115F⟩');
    expect(text).toContain('\nAsks because: it changes db/a [Approve] https[://]evil.example/b.sql\n');
    expect(text.match(/[a-z]+:\/\/\S+/g)).toEqual(['https://a']);
    expect(textOf('cancelled', { outcomeReason: 'x'.repeat(5000) }).length).toBeLessThan(1500);
  });

  it('of success says how long it took to the outcome and how long it was stable', () => {
    expect(textOf('deployed')).toContain('Time: 56 minutes from issue to verified\nStatus: Stable for 30 minutes');
  });

  it('of failure says why and what to do', () => {
    const outcomeReason = 'error-rate: 3 % against 2 %';

    expect(textOf('rolled-back', { outcomeReason })).toContain(
      `Failure: ${outcomeReason}\nRollback: Successful\nAction required: Manual review`,
    );
    expect(textOf('staging-failed', { outcomeReason })).toContain(`Failure: ${outcomeReason}`);
    expect(textOf('escalated', { outcomeReason })).toContain(`Why: ${outcomeReason}`);
    expect(textOf('cancelled', { outcomeReason })).toContain(`Why: ${outcomeReason}`);
  });

  it.each([
    ['hold', ['memory: 86 % against 85 %'], 'is not rolled back for them'],
    ['ask', undefined, 'is rolled back if it stays away as long again'],
    ['hold', undefined, 'waits for as long as an execution can'],
  ] as const)('of a release that is held says what happens without an answer (%s, %j)', (onStuck, heldBy, told) => {
    const judgement = { phase: 'bake', verdict: 'Inconclusive', next: 'Watch', reason: 'why' } as const;
    const production = releaseIn('production', { judgement: { ...judgement, readings: [], ...(heldBy && { heldBy: [...heldBy] }) } });
    const policy = { ...guidePolicy, production: { ...guidePolicy.production, onStuck } };

    expect(textOf('stuck', { production, policy })).toContain(told);
  });

  it('of a rollback says where, why and what serves', () => {
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
    ['staging-failed', { staging: releaseIn('staging', { result: 'RolledBack' }) }, 'Staging was rolled back; production was not touched.'],
  ])('%s says what the deployment has left behind: %o', (kind, change, standing) => {
    expect(textOf(kind, { production: undefined, ...change }).split('\n')).toContain(standing);
  });

  it('that is critical names the environment and what its verification found', () => {
    const checks = [{ check: 'service-health', verdict: 'Failed', detail: 'health answered 500' } as const];
    const production = releaseIn('production', { rollback: { reason: 'r', attempts: 3, verdict: 'Failed', checks } });
    const text = textOf('critical', { production });

    expect(text).toContain(
      'Environment: production\nRollback verification: Failed after 3 attempt(s)\nservice-health: Failed: health answered 500',
    );
    expect(text).toContain('sluice unlock storefront production --reason TEXT');
    expect(textOf('critical', { production: undefined })).toContain('Environment: staging\nRollback verification: not finished after 0');
  });

  it('that asks brings the evidence, why it asks, the deadline and the links', () => {
    const gates = [{ gate: 'security', because: 'it is a security issue' }];
    const decision = { ...(deploymentWith().decision as NonNullable<Deployment['decision']>), gates };
    const text = textOf('approval-requested', { approval, decision }, { approve: 'https://a', reject: 'https://r', other: 'https://o' });

    expect(text).toContain(
      'Confidence: 92%\nFiles Changed: 2\nAsks because: it is a security issue\n\nStaging Results:\n- fix: Successful',
    );
    expect(text).toContain('- tests: Successful');
    expect(text).toContain('- service-health: Successful');
    expect(text).toContain(`If no response until ${at(1452)}, deployment will be cancelled.`);
    expect(text).toMatch(/\n\n\[Approve\] https:\/\/a\n\[Reject\] https:\/\/r\n\[other\] https:\/\/o$/);
    expect(textOf('cancel-window', { approval })).toContain(`It is deployed at ${at(1452)} unless somebody cancels it.`);
  });
});
