import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Issue } from '#domain/issue';
import { deploymentIdOf, fingerprintOf, normaliseIssue } from '#domain/issue-intake';

const hints = { applications: [{ name: 'storefront', repository: 'acme/storefront' }] };
const read = (file: string) => JSON.parse(readFileSync(new URL(`../../examples/issues/${file}`, import.meta.url), 'utf8'));
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
