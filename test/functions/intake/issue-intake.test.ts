import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '#decision/decision';
import type { Issue } from '#deployment/issue';
import { deploymentIdOf, fingerprintOf, historyKey, normaliseIssue } from '#intake/issue-intake';
import { guidePolicy } from '#policy/policy';

const hints = { applications: [{ name: 'storefront', repository: 'acme/storefront' }] };
const read = (file: string) => JSON.parse(readFileSync(new URL(`../../../examples/issues/${file}`, import.meta.url), 'utf8'));
const published = new URL('../../fixtures/github/dependabot-alerts.json', import.meta.url);
const refusalOf = (payload: unknown) => {
  const normalised = normaliseIssue(payload, hints);
  return 'refusal' in normalised ? normalised.refusal : undefined;
};

describe('intake', () => {
  it('reads an issue from an EventBridge envelope and by itself alike', () => {
    const { Detail } = read('a-failed-check.json');

    expect(normaliseIssue({ source: 'ci.storefront', 'detail-type': 'Issue Detected', detail: Detail }, hints)).toEqual({ issue: Detail });
    expect(normaliseIssue(Detail, hints)).toEqual({ issue: Detail });
  });

  it('reads GitHub’s own Dependabot alert as a security issue to bump to the first patched version', () => {
    const normalised = normaliseIssue(read('b-dependabot-alert.json'), hints);

    expect(normalised).toMatchObject({
      issue: {
        application: 'storefront',
        domain: 'security-issues',
        type: 'vulnerable-dependency',
        fix: { workflow: 'dependency-bump', package: 'minimist', toVersion: '1.2.6' },
      },
    });
  });

  it.each([
    ['created', '2025-10-31T12:00:00.000Z'],
    ['reopened', '2026-03-02T08:00:00.000Z'],
    ['auto_reopened', '2026-03-02T08:00:00.000Z'],
    ['reintroduced', '2026-03-02T08:00:00.000Z'],
  ])('dates an alert that was %s by what made GitHub send it', (action, detectedAt) => {
    const webhook = read('b-dependabot-alert.json');
    const alert = { ...webhook.alert, updated_at: '2026-03-02T08:00:00Z' };

    expect(normaliseIssue({ ...webhook, action, alert }, hints)).toMatchObject({ issue: { detectedAt } });
  });

  it('says which field is wrong', () => {
    const refusal = refusalOf(read('bad/missing-fields.json'));

    expect(refusal).toContain('domain:');
    expect(refusal).toContain('fix:');
  });

  it('names an unknown application and those it knows', () => {
    expect(refusalOf(read('bad/unknown-application.json').Detail)).toBe('application: "warehouse" is not registered; known are storefront');
  });

  it('refuses an alert that has no patched version, a foreign repository or asks for nothing', () => {
    const alert = read('b-dependabot-alert.json');

    expect(refusalOf({ ...alert, action: 'dismissed' })).toContain('asks for no fix');
    expect(refusalOf({ ...alert, repository: { ...alert.repository, full_name: 'acme/other' } })).toContain(
      'belongs to no registered application',
    );
    expect(
      refusalOf({
        ...alert,
        alert: { ...alert.alert, security_vulnerability: { ...alert.alert.security_vulnerability, first_patched_version: null } },
      }),
    ).toContain('no patched version');
  });

  it.each([
    ['created_at', 'yesterday', 'alert.created_at: Invalid ISO datetime'],
    ['security_vulnerability', undefined, 'alert.security_vulnerability: '],
    ['security_advisory', { summary: 's', severity: 'moderate' }, 'alert.security_advisory.severity: '],
    [
      'dependency',
      { package: { ecosystem: 'pip', name: 'x' } },
      'alert.dependency.package.ecosystem: Sluice bumps only npm packages, not pip',
    ],
  ])('refuses an alert whose %s is %j by the path that its sender knows', (field, value, refusal) => {
    const { alert, ...rest } = read('b-dependabot-alert.json');

    expect(refusalOf({ ...rest, alert: { ...alert, [field]: value } })).toContain(refusal);
  });

  it('reads the examples that GitHub publishes, each into an issue or a refusal that says why', () => {
    const alerts = JSON.parse(readFileSync(published, 'utf8')) as { repository: { full_name: string } }[];
    const known = {
      applications: alerts.map(({ repository }) => ({ name: 'storefront', repository: repository.full_name.toUpperCase() })),
    };

    const read = alerts.map((alert) => normaliseIssue(alert, known));

    expect(read).toMatchObject([
      { refusal: 'action: fixed asks for no fix; nothing to do' },
      { issue: { application: 'storefront', severity: 'medium', fix: { package: 'semver', toVersion: '7.5.2' } } },
      { refusal: 'action: fixed asks for no fix; nothing to do' },
    ]);
  });

  it('never takes a score from what an alert says: a bare one scores 30 and is escalated', () => {
    const normalised = normaliseIssue(read('b-dependabot-alert.json'), hints);
    const issue = ('issue' in normalised && normalised.issue) as Issue;

    expect(decide({ issue, policy: guidePolicy, previousResolutions: 0, authorTrusted: true })).toMatchObject({
      scoreHundredths: 30,
      requirement: 'escalate',
    });
  });

  it('answers any payload at all without failing', () => {
    const shaped = fc.record({ action: fc.anything(), alert: fc.object(), repository: fc.object(), detail: fc.anything() });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), shaped), (payload) => {
        expect(normaliseIssue(payload, hints)).toHaveProperty('refusal');
      }),
      { seed: 7 },
    );
  });

  it('refuses a field that it does not know by its name', () => {
    const { Detail } = read('a-failed-check.json');

    expect(refusalOf({ ...Detail, previousResolutions: 9 })).toContain('"previousResolutions"');
    expect(refusalOf({ ...Detail, detectedAt: 'today' })).toMatch(/^not an issue: detectedAt: .*; correct it and send it again$/);
    expect(refusalOf('text')).toContain('the payload: ');
  });

  it('keeps history per application, domain and type', () => {
    expect(historyKey(read('a-failed-check.json').Detail)).toMatch(/^storefront\/test-failures\/[^/]+$/);
  });

  it('gives copies of an issue one fingerprint, and another change another', () => {
    const issue: Issue = read('a-failed-check.json').Detail;
    const copy: Issue = { ...issue, id: 'sent twice', title: 'in other words' };
    const other: Issue = { ...issue, fix: { workflow: 'dependency-bump', ecosystem: 'npm', package: 'minimist', toVersion: '1.2.6' } };

    expect(fingerprintOf(copy)).toBe(fingerprintOf(issue));
    expect(fingerprintOf(other)).not.toBe(fingerprintOf(issue));
    expect(deploymentIdOf('ab'.repeat(32), '2025-10-31T13:00:00Z', 1)).toBe('auto-deploy-20251031-ababababab');
    expect(deploymentIdOf('ab'.repeat(32), '2025-10-31T13:00:00Z', 2)).toBe('auto-deploy-20251031-ababababab-2');
  });
});
