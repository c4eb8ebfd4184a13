import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stricter } from '#decision/bands';
import { decide, reconsider, schemaChangesIn } from '#decision/decision';
import { type GateFacts, gates, gatesThatSpeak } from '#decision/gates';
import type { Requirement } from '#deployment/deployment';
import type { Issue } from '#deployment/issue';
import { guidePolicy } from '#policy/policy';

const example = (file: string) => JSON.parse(readFileSync(new URL(`../../../examples/issues/${file}`, import.meta.url), 'utf8'));
const failedCheck: Issue = example('a-failed-check.json').Detail;
const facts = { issue: failedCheck, policy: guidePolicy, previousResolutions: 6, authorTrusted: true };
const gatesOf = (change: Partial<typeof facts>) => decide({ ...facts, ...change }).gates.map(({ gate }) => gate);

const gateFacts: GateFacts = {
  previousResolutions: 1,
  hundredths: 95,
  domain: 'test-failures',
  workflow: 'ready-patch',
  authorTrusted: true,
  fileCount: 1,
  files: ['src/a.ts'],
  schemaChanges: [],
  policy: guidePolicy,
};

describe('decide and reconsider', () => {
  it('lets Sluice release alone at 95 with a history, a listed author and no gate', () => {
    expect(decide(facts)).toMatchObject({ eligible: true, scoreHundredths: 95, band: 'autonomous', gates: [], requirement: 'autonomous' });
  });

  it('asks for approval the first time, even in the highest band', () => {
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

  it('asks for approval of a patch from an untrusted author', () => {
    expect(gatesOf({ authorTrusted: false })).toEqual(['unknown-author']);
  });

  it('asks for approval below 0.90 only if policy says so', () => {
    const issue: Issue = { ...failedCheck, rootCause: undefined, prevention: undefined };

    expect(decide({ ...facts, issue })).toMatchObject({ band: 'notify', requirement: 'notify' });
    expect(gatesOf({ issue, policy: { ...guidePolicy, below90: 'approve' } })).toEqual(['below-0.90']);
  });

  it('asks for approval when the fix changes a path in `approvalPaths`', () => {
    expect(gatesOf({ policy: { ...guidePolicy, approvalPaths: ['src/'] } })).toEqual(['sensitive-path']);
  });

  it('escalates a forbidden path and a patch that is not a diff, and says what to do', () => {
    const patch = 'diff --git a/.github/workflows/ci.yml b/.github/workflows/ci.yml\n';
    const forbidden = decide({ ...facts, issue: { ...failedCheck, fix: { workflow: 'ready-patch', patch, author: 'ana' } } });
    const nothing = decide({ ...facts, issue: { ...failedCheck, fix: { workflow: 'ready-patch', patch: 'hello', author: 'ana' } } });

    expect(forbidden).toMatchObject({ requirement: 'escalate', eligible: false });
    expect(forbidden.ineligibleBecause[0]).toContain('leave it out or change it by hand');
    expect(nothing.ineligibleBecause[0]).toContain('git diff');
  });

  it('raises the requirement when the fix changes more than the issue says', () => {
    const before = decide(facts);
    const files = Array.from({ length: 11 }, (_, index) => `src/${index}.mjs`);

    expect(reconsider(facts, before, { files, schemaChanges: [] })).toMatchObject({
      requirement: 'approve',
      gates: [{ gate: 'large-scope' }],
    });
    expect(reconsider(facts, before, { files: ['a'], schemaChanges: ['migrations/1.sql'] }).gates[0]?.gate).toBe('schema-change');
    expect(reconsider(facts, { ...before, requirement: 'approve' }, { files: ['a'], schemaChanges: [] }).requirement).toBe('approve');
  });

  it('keeps the first gate, score and reasons when the fix turns out smaller', () => {
    const issue: Issue = { ...failedCheck, estimatedFiles: 11 };
    const before = decide({ ...facts, issue });
    const after = reconsider(facts, before, { files: ['a'], schemaChanges: [] });

    expect(before).toMatchObject({ scoreHundredths: 95, gates: [{ gate: 'large-scope' }] });
    expect(after).toMatchObject({ requirement: 'approve', gates: [{ gate: 'large-scope', because: '11 files change, more than 10' }] });
    expect(reconsider(facts, before, { files: ['a'], schemaChanges: ['a'] }).gates.map(({ gate }) => gate)).toEqual([
      'schema-change',
      'large-scope',
    ]);
  });

  it('never lowers the requirement, for any first decision and any fix', () => {
    const order: Requirement[] = ['autonomous', 'notify', 'approve', 'escalate'];
    const count = fc.nat(14);
    fc.assert(
      fc.property(
        count,
        count,
        fc.boolean(),
        fc.nat(6),
        fc.boolean(),
        (estimatedFiles, changed, schema, previousResolutions, documented) => {
          const issue: Issue = { ...failedCheck, estimatedFiles, rootCause: documented ? 'known' : undefined };
          const before = decide({ ...facts, issue, previousResolutions });
          const files = Array.from({ length: changed }, (_, index) => `src/${index}.ts`);
          const after = reconsider({ ...facts, issue, previousResolutions }, before, { files, schemaChanges: schema ? ['x.sql'] : [] });

          expect(order.indexOf(after.requirement)).toBeGreaterThanOrEqual(order.indexOf(before.requirement));
          expect(after.scoreHundredths).toBeLessThanOrEqual(before.scoreHundredths);
          expect(after.gates).toEqual(expect.arrayContaining(before.gates.map(({ gate }) => expect.objectContaining({ gate }))));
          expect(stricter(after.band, after.gates.length > 0 ? 'approve' : 'autonomous')).toBe(after.requirement);
        },
      ),
      { seed: 8 },
    );
  });

  it('keeps an ineligible issue ineligible, and says each reason once', () => {
    const fix = { workflow: 'dependency-bump', ecosystem: 'npm', package: 'minimist', toVersion: '^1.2.6' } as const;
    const before = decide({ ...facts, issue: { ...failedCheck, fix } });

    expect(reconsider({ ...facts, issue: { ...failedCheck, fix } }, before, { files: ['a'], schemaChanges: [] })).toEqual(before);
    expect(reconsider(facts, before, { files: ['a'], schemaChanges: [] })).toMatchObject({ eligible: false, requirement: 'escalate' });
  });

  it('takes a blank root cause, prevention or solution as missing', () => {
    const blank: Issue = { ...failedCheck, rootCause: ' ', prevention: '\n', solution: ' '.repeat(200) };

    expect(decide({ ...facts, issue: blank }).scoreHundredths).toBe(75);
  });

  it.each([
    ['1.2.6', true],
    ['2.0.0-rc.1', true],
    ['v1.2.6', false],
    ['^1.2.6', false],
    ['latest', false],
    ['1.2', false],
  ])('decides if a bump to %s is eligible: %s', (toVersion, eligible) => {
    const fix = { workflow: 'dependency-bump', ecosystem: 'npm', package: 'minimist', toVersion } as const;
    const decision = decide({ ...facts, issue: { ...failedCheck, fix } });

    expect(decision).toMatchObject({ eligible, requirement: eligible ? 'autonomous' : 'escalate' });
    expect(decision.ineligibleBecause).toEqual(eligible ? [] : [expect.stringContaining('name the first patched version exactly')]);
  });

  it('counts the larger of the estimated and the touched files', () => {
    const patch = (files: number) => Array.from({ length: files }, (_, index) => `--- /dev/null\n+++ b/src/${index}.ts\n`).join('');
    const score = (files: number, estimatedFiles: number) =>
      decide({ ...facts, issue: { ...failedCheck, estimatedFiles, fix: { workflow: 'ready-patch', patch: patch(files), author: 'ana' } } })
        .scoreParts;

    const tooMany = { rule: 'more than 5 files', hundredths: -10 };
    expect(score(5, 5)).not.toContainEqual(tooMany);
    expect(score(6, 0)).toContainEqual(tooMany);
    expect(score(1, 6)).toContainEqual(tooMany);
  });

  it('asks for a person at 11 files, not at 10', () => {
    expect(gatesOf({ issue: { ...failedCheck, estimatedFiles: 10 } })).toEqual([]);
    expect(gatesOf({ issue: { ...failedCheck, estimatedFiles: 11 } })).toEqual(['large-scope']);
  });

  it('asks below 0.90 and not at 0.90, if policy says so', () => {
    const policy = { ...guidePolicy, below90: 'approve' } as const;
    const at = (hundredths: number) => gatesThatSpeak({ ...gateFacts, policy, hundredths }).map(({ gate }) => gate);

    expect(at(89)).toEqual(['below-0.90']);
    expect(at(90)).toEqual([]);
  });

  it('gives a reason for each gate that asks', () => {
    const speaking = gatesThatSpeak({
      ...gateFacts,
      previousResolutions: 0,
      hundredths: 50,
      domain: 'security-issues',
      authorTrusted: false,
      fileCount: 11,
      files: ['payments/a.ts', 'src/b.ts'],
      schemaChanges: ['x.sql'],
      policy: { ...guidePolicy, below90: 'approve', approvalPaths: ['payments/'] },
    });

    expect(speaking.map(({ because }) => because)).toEqual([
      'Sluice has never resolved an issue of this kind before',
      '11 files change, more than 10',
      'the database schema changes: x.sql',
      'it is a security issue',
      "the patch's author is not authenticated and listed for this application",
      'the policy asks a person to approve changes of payments/a.ts',
      'the confidence is below 0.90',
    ]);
  });

  it('applies no gate to the author of a fix that Sluice makes', () => {
    expect(gatesThatSpeak({ ...gateFacts, workflow: 'dependency-bump', authorTrusted: false })).toEqual([]);
  });

  it('lists each gate of R-GATE', () => {
    expect(gates.map(({ name }) => name)).toEqual([
      'first-time',
      'large-scope',
      'schema-change',
      'irreversible-schema-change',
      'security',
      'unknown-author',
      'sensitive-path',
      'below-0.90',
    ]);
  });
});

describe('schemaChangesIn', () => {
  it('finds schema changes by prefix, folder or ending', () => {
    expect(schemaChangesIn(['migrations/1.sql', 'db/schema/a.ts', 'x.sql', 'src/a.ts', 'prisma/schema.prisma'], guidePolicy)).toEqual([
      'migrations/1.sql',
      'db/schema/a.ts',
      'x.sql',
      'prisma/schema.prisma',
    ]);
  });
});
