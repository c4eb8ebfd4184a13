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

describe('what the build service tells of the checks', () => {
  it.each([
    [
      'all passed',
      [succeeded('PRE_BUILD'), succeeded('BUILD'), succeeded('POST_BUILD')],
      ['Successful', 'Successful', 'Successful', 'Successful'],
    ],
    ['a credential was found', [failed('PRE_BUILD', 'credential-scan', 1)], ['Failed', 'Inconclusive', 'Inconclusive', 'Inconclusive']],
    ['a patient was found', [failed('PRE_BUILD', 'phi-scan', 1)], ['Successful', 'Failed', 'Inconclusive', 'Inconclusive']],
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
  ])('is read check by check when %s', (_what, phases, verdicts) => {
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

describe('the validation report', () => {
  it('passes a fix whose builds succeeded, with what the stored commit really changes', () => {
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

  it('takes no check as passed when the test build never started or says nothing of it', () => {
    for (const testFix of [undefined, { status: 'SUCCEEDED', phases: [] }]) {
      const fix = report({ testFix });

      expect(fix).toMatchObject({ verdict: 'Inconclusive', tasksCompleted: 0 });
      expect(fix.reason).toContain('tests: did not run: a check that did not run has not passed');
    }
  });

  it('tells a fix that could not be made from a build that said nothing', () => {
    const build = (status: string) => ({ makeFix: { status, phases: [] } });

    expect(verdictOf('fix', build('FAILED'))).toBe('Failed');
    expect(report(build('FAILED')).reason).toContain('the fix could not be made');
    expect(verdictOf('fix', build('TIMED_OUT'))).toBe('Inconclusive');
    expect(report(build('FAULT')).reason).toContain('is FAULT; submit the issue again');
    expect(report({ makeFix: undefined }).reason).toContain('is not there; submit the issue again');
  });

  it.each(['commit', 'diff', 'artifact'] as const)('is inconclusive when a build that succeeded stored no %s', (part) => {
    expect(verdictOf('fix', { [part]: undefined })).toBe('Inconclusive');
    expect(report({ [part]: undefined }).verdict).toBe('Inconclusive');
  });

  it('fails a fix that touches a forbidden path, and looks at no path without a stored change', () => {
    expect(report({ diff: diff.replaceAll('src/a.ts', 'infra/a.ts') })).toMatchObject({
      verdict: 'Failed',
      reason: 'allowed-paths: the fix touches infra/a.ts, which no autonomous fix may; change it by hand',
    });
    expect(verdictOf('allowed-paths', {})).toBe('Successful');
    expect(verdictOf('allowed-paths', { diff: '' })).toBe('Inconclusive');
  });

  it('gives what failed as its reason before what did not run', () => {
    const fix = report({ makeFix: { status: 'FAILED', phases: [] }, testFix: undefined });

    expect(fix.verdict).toBe('Failed');
    expect(fix.reason).not.toContain('did not run');
  });
});
