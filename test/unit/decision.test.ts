import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decide, reconsider, schemaChangesIn } from '#domain/decision';
import { gates } from '#domain/gates';
import type { Issue } from '#domain/issue';
import { guidePolicy } from '#domain/policy';
import { isForbidden, touchedPaths } from '#domain/touched-paths';

const example = (file: string) => JSON.parse(readFileSync(new URL(`../../examples/issues/${file}`, import.meta.url), 'utf8'));
const failedCheck: Issue = example('a-failed-check.json').Detail;
const facts = { issue: failedCheck, policy: guidePolicy, previousResolutions: 6, authorTrusted: true };
const gatesOf = (change: Partial<typeof facts>) => decide({ ...facts, ...change }).gates.map(({ gate }) => gate);

describe('a decision', () => {
  it('is autonomous at 95 with a history, a listed author and no gate', () => {
    expect(decide(facts)).toMatchObject({ eligible: true, scoreHundredths: 95, band: 'autonomous', gates: [], requirement: 'autonomous' });
  });

  it('asks for approval the first time, whatever the band', () => {
    expect(gatesOf({ previousResolutions: 0 })).toEqual(['first-time']);
    expect(decide({ ...facts, previousResolutions: 0 }).requirement).toBe('approve');
  });

  it('asks for approval of a security issue, and escalates it below 0.50', () => {
    const issue: Issue = { ...failedCheck, domain: 'security-issues' };
    const bare: Issue = { ...issue, rootCause: undefined, prevention: undefined, solution: undefined };

    expect(decide({ ...facts, issue })).toMatchObject({ scoreHundredths: 85, band: 'notify', requirement: 'approve' });
    expect(decide({ ...facts, issue: bare, previousResolutions: 0 })).toMatchObject({
      scoreHundredths: 30,
      requirement: 'escalate',
      eligible: false,
    });
  });

  it('asks for approval of a patch whose author nobody vouches for', () => {
    expect(gatesOf({ authorTrusted: false })).toEqual(['unknown-author']);
  });

  it('asks for approval below 0.90 only where policy says so', () => {
    const issue: Issue = { ...failedCheck, rootCause: undefined, prevention: undefined };

    expect(decide({ ...facts, issue })).toMatchObject({ band: 'notify', requirement: 'notify' });
    expect(gatesOf({ issue, policy: { ...guidePolicy, below90: 'approve' } })).toEqual(['below-0.90']);
  });

  it('asks for approval of paths that the application wants a person for', () => {
    expect(gatesOf({ policy: { ...guidePolicy, approvalPaths: ['src/'] } })).toEqual(['sensitive-path']);
  });

  it('escalates a patch that touches a forbidden path or is no diff, and says what to do', () => {
    const patch = 'diff --git a/.github/workflows/ci.yml b/.github/workflows/ci.yml\n';
    const forbidden = decide({ ...facts, issue: { ...failedCheck, fix: { workflow: 'ready-patch', patch, author: 'ana' } } });
    const nothing = decide({ ...facts, issue: { ...failedCheck, fix: { workflow: 'ready-patch', patch: 'hello', author: 'ana' } } });

    expect(forbidden).toMatchObject({ requirement: 'escalate', eligible: false });
    expect(forbidden.ineligibleBecause[0]).toContain('leave it out or change it by hand');
    expect(nothing.ineligibleBecause[0]).toContain('git diff');
  });

  it('becomes stricter, never looser, by what the fix really changes', () => {
    const before = decide(facts);
    const files = Array.from({ length: 11 }, (_, index) => `src/${index}.mjs`);

    expect(reconsider(facts, before, { files, schemaChanges: [] })).toMatchObject({
      requirement: 'approve',
      gates: [{ gate: 'large-scope' }],
    });
    expect(reconsider(facts, before, { files: ['a'], schemaChanges: ['migrations/1.sql'] }).gates[0]?.gate).toBe('schema-change');
    expect(reconsider(facts, { ...before, requirement: 'approve' }, { files: ['a'], schemaChanges: [] }).requirement).toBe('approve');
  });

  it('has every gate of the guide', () => {
    expect(gates.map(({ name }) => name)).toEqual([
      'first-time',
      'large-scope',
      'schema-change',
      'security',
      'unknown-author',
      'sensitive-path',
      'below-0.90',
    ]);
  });
});

describe('the paths of a patch', () => {
  it('are found in headers of every kind, quoted and renamed ones too', () => {
    const patch = [
      'diff --git a/src/a.ts b/src/a.ts',
      '--- a/src/a.ts',
      '+++ b/src/a.ts',
      'rename from old name.ts',
      'rename to new.ts',
      'diff --git "a/\\303\\244.ts" "b/\\303\\244.ts"',
      '--- /dev/null',
      '+++ b/made.ts',
    ].join('\n');

    expect(touchedPaths(patch)).toEqual(['src/a.ts', 'old name.ts', 'new.ts', 'ä.ts', 'made.ts']);
  });

  it.each([
    ['../outside', true],
    ['/etc/passwd', true],
    ['src/.git/config', true],
    ['src/.GIT/config', true],
    ['infra/stack.ts', true],
    ['.env', true],
    ['.environment', false],
    ['src/infra/stack.ts', false],
  ])('%s is forbidden: %s', (path, forbidden) => {
    expect(isForbidden(path, guidePolicy.forbiddenPaths)).toBe(forbidden);
  });

  it('count as schema changes by prefix, folder or ending', () => {
    expect(schemaChangesIn(['migrations/1.sql', 'db/schema/a.ts', 'x.sql', 'src/a.ts', 'prisma/schema.prisma'], guidePolicy)).toEqual([
      'migrations/1.sql',
      'db/schema/a.ts',
      'x.sql',
      'prisma/schema.prisma',
    ]);
  });
});
