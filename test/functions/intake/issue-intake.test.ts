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

describe('normaliseIssue', () => {
  it('reads an issue with and without an EventBridge envelope', () => {
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
  ])('dates an alert with the action %s by the time of that action', (action, detectedAt) => {
    const webhook = read('b-dependabot-alert.json');
    const alert = { ...webhook.alert, updated_at: '2026-03-02T08:00:00Z' };

    expect(normaliseIssue({ ...webhook, action, alert }, hints)).toMatchObject({ issue: { detectedAt } });
  });

  it('names each wrong field of an issue', () => {
    const refusal = refusalOf(read('bad/missing-fields.json'));

    expect(refusal).toContain('domain:');
    expect(refusal).toContain('fix:');
  });

  it('names the unknown application and the registered ones', () => {
    expect(refusalOf(read('bad/unknown-application.json').Detail)).toBe('application: "warehouse" is not registered; known are storefront');
  });

  it('refuses an alert without a patched version, from a foreign repository, or without work to do', () => {
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
  ])('names the path in the alert when it refuses the field %s with %j', (field, value, refusal) => {
    const { alert, ...rest } = read('b-dependabot-alert.json');

    expect(refusalOf({ ...rest, alert: { ...alert, [field]: value } })).toContain(refusal);
  });

  it('turns each example that GitHub publishes into an issue or a refusal with a reason', () => {
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

  it('scores a bare alert 30 and escalates it', () => {
    const normalised = normaliseIssue(read('b-dependabot-alert.json'), hints);
    const issue = ('issue' in normalised && normalised.issue) as Issue;

    expect(decide({ issue, policy: guidePolicy, previousResolutions: 0, authorTrusted: true })).toMatchObject({
      scoreHundredths: 30,
      requirement: 'escalate',
    });
  });

  it('returns a refusal for any random payload', () => {
    const shaped = fc.record({ action: fc.anything(), alert: fc.object(), repository: fc.object(), detail: fc.anything() });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), shaped), (payload) => {
        expect(normaliseIssue(payload, hints)).toHaveProperty('refusal');
      }),
      { seed: 7 },
    );
  });

  it('refuses an unknown field and names it', () => {
    const { Detail } = read('a-failed-check.json');

    expect(refusalOf({ ...Detail, previousResolutions: 9 })).toContain('"previousResolutions"');
    expect(refusalOf({ ...Detail, detectedAt: 'today' })).toMatch(/^not an issue: detectedAt: .*; correct it and send it again$/);
    expect(refusalOf('text')).toContain('the payload: ');
  });

  it('builds the history key from application, domain and type', () => {
    expect(historyKey(read('a-failed-check.json').Detail)).toMatch(/^storefront\/test-failures\/[^/]+$/);
  });

  it('gives copies of an issue the same fingerprint, and a different fix a different one', () => {
    const issue: Issue = read('a-failed-check.json').Detail;
    const copy: Issue = { ...issue, id: 'sent twice', title: 'in other words' };
    const other: Issue = { ...issue, fix: { workflow: 'dependency-bump', ecosystem: 'npm', package: 'minimist', toVersion: '1.2.6' } };

    expect(fingerprintOf(copy)).toBe(fingerprintOf(issue));
    expect(fingerprintOf(other)).not.toBe(fingerprintOf(issue));
    expect(deploymentIdOf('ab'.repeat(32), '2025-10-31T13:00:00Z', 1)).toBe('auto-deploy-20251031-ababababab');
    expect(deploymentIdOf('ab'.repeat(32), '2025-10-31T13:00:00Z', 2)).toBe('auto-deploy-20251031-ababababab-2');
  });
});
