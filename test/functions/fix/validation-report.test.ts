import { describe, expect, it } from 'vitest';
import { digestOfDiff } from '#fix/diff-digest';
import { phaseOfCheck, type ValidationInput, validationReport } from '#fix/validation-report';
import { guidePolicy } from '#policy/policy';

const failed = (phase: string, step: string, exitStatus: number) => ({
  phase,
  status: 'FAILED',
  message: `Error while executing command: node "$CODEBUILD_SRC_DIR/test-fix.mjs" ${step}. Reason: exit status ${exitStatus}`,
});
const succeeded = (phase: string) => ({ phase, status: 'SUCCEEDED', message: '' });

function verdictsOf(...phases: ReturnType<typeof failed>[]) {
  const { checks } = validationReport({
    deploymentId: 'd',
    workflow: 'ready-patch',
    policy: guidePolicy,
    makeFix: undefined,
    testFix: { status: 'FAILED', phases },
  });
  return Object.keys(phaseOfCheck).map((check) => checks.find((row) => row.check === check)?.verdict);
}

describe('validationReport of the test build', () => {
  it.each([
    [
      'every check passed',
      [succeeded('PRE_BUILD'), succeeded('BUILD'), succeeded('POST_BUILD')],
      ['Successful', 'Successful', 'Successful', 'Successful'],
    ],
    [
      'the scan found a credential',
      [failed('PRE_BUILD', 'credential-scan', 1)],
      ['Failed', 'Inconclusive', 'Inconclusive', 'Inconclusive'],
    ],
    ['the scan found a patient', [failed('PRE_BUILD', 'phi-scan', 1)], ['Successful', 'Failed', 'Inconclusive', 'Inconclusive']],
    [
      'the scanner did not run',
      [failed('PRE_BUILD', 'credential-scan', 2)],
      ['Inconclusive', 'Inconclusive', 'Inconclusive', 'Inconclusive'],
    ],
    [
      'only the linter found something',
      [succeeded('PRE_BUILD'), failed('BUILD', 'code-quality', 1), succeeded('POST_BUILD')],
      ['Successful', 'Successful', 'Failed', 'Successful'],
    ],
    ['the checkout failed', [failed('INSTALL', 'checkout', 1)], ['Inconclusive', 'Inconclusive', 'Inconclusive', 'Inconclusive']],
    [
      'a phase timed out',
      [{ ...succeeded('PRE_BUILD'), status: 'TIMED_OUT' }],
      ['Inconclusive', 'Inconclusive', 'Inconclusive', 'Inconclusive'],
    ],
  ])('gives each check its own verdict when %s', (_what, phases, verdicts) => {
    expect(verdictsOf(...phases)).toEqual(verdicts);
  });
});

const diff = [
  ...['diff --git a/src/a.ts b/src/a.ts', '--- a/src/a.ts', '+++ b/src/a.ts', '@@ -1 +1,2 @@', '-old', '+new', '+more'],
  ...['diff --git a/migrations/1.sql b/migrations/1.sql', '--- /dev/null', '+++ b/migrations/1.sql', '@@ -0,0 +1 @@', '+create', ''],
].join('\n');
const good: ValidationInput = {
  deploymentId: 'auto-deploy-20260101-0123456789',
  workflow: 'ready-patch',
  policy: guidePolicy,
  makeFix: { status: 'SUCCEEDED', phases: [] },
  testFix: { status: 'SUCCEEDED', phases: ['PRE_BUILD', 'BUILD', 'POST_BUILD'].map(succeeded) },
  commit: { commit: 'c', baseCommit: 'b' },
  diff,
  artifact: { key: 'k', versionId: 'v', digest: 'd' },
};
const report = (change: Partial<ValidationInput>) => validationReport({ ...good, ...change });
const verdictOf = (check: string, change: Partial<ValidationInput>) => report(change).checks.find((row) => row.check === check)?.verdict;

describe('validationReport', () => {
  it('passes a fix when its builds succeeded, and lists what the stored commit changes', () => {
    expect(report({})).toMatchObject({
      verdict: 'Successful',
      reason: 'every check passed',
      tasksCompleted: 3,
      goalId: 'auto-20260101-0123456789',
      files: ['src/a.ts', 'migrations/1.sql'],
      addedLines: 3,
      removedLines: 1,
      schemaChanges: ['migrations/1.sql'],
      commit: 'c',
      baseCommit: 'b',
      artifactKey: 'k',
      artifactVersionId: 'v',
      digest: 'd',
      diffDigest: digestOfDiff(diff),
    });
    expect(report({ diff: undefined })).not.toHaveProperty('diffDigest');
  });

  it('takes a check as not run when the test build did not start or has no phase for it', () => {
    for (const testFix of [undefined, { status: 'SUCCEEDED', phases: [] }]) {
      const fix = report({ testFix });

      expect(fix).toMatchObject({ verdict: 'Inconclusive', tasksCompleted: 0 });
      expect(fix.reason).toContain('tests: did not run: a check that did not run has not passed');
    }
  });

  it('fails the fix only if its build failed; any other status is inconclusive', () => {
    const build = (status: string) => ({ makeFix: { status, phases: [] } });

    expect(verdictOf('fix', build('FAILED'))).toBe('Failed');
    expect(report(build('FAILED')).reason).toContain('the fix could not be made');
    expect(verdictOf('fix', build('TIMED_OUT'))).toBe('Inconclusive');
    expect(report(build('FAULT')).reason).toContain('is FAULT; submit the issue again');
    expect(report({ makeFix: undefined }).reason).toContain('is not there; submit the issue again');
  });

  it.each(['commit', 'diff', 'artifact'] as const)('returns Inconclusive when a build that succeeded stored no %s', (part) => {
    expect(verdictOf('fix', { [part]: undefined })).toBe('Inconclusive');
    expect(report({ [part]: undefined }).verdict).toBe('Inconclusive');
  });

  it('fails a fix that touches a forbidden path, and is inconclusive without a stored diff', () => {
    expect(report({ diff: diff.replaceAll('src/a.ts', 'infra/a.ts') })).toMatchObject({
      verdict: 'Failed',
      reason: 'allowed-paths: the fix touches infra/a.ts, which Sluice may not change; change it by hand',
    });
    expect(verdictOf('allowed-paths', {})).toBe('Successful');
    expect(verdictOf('allowed-paths', { diff: '' })).toBe('Inconclusive');
  });

  it('names the failed checks in its reason, not those that did not run', () => {
    const fix = report({ makeFix: { status: 'FAILED', phases: [] }, testFix: undefined });

    expect(fix.verdict).toBe('Failed');
    expect(fix.reason).not.toContain('did not run');
  });
});
