import { describe, expect, it } from 'vitest';
import { guidePolicy } from '#domain/policy';
import { phaseOfCheck, validationReport } from '#domain/validation-report';

const failed = (phase: string, step: string, exitStatus: number) => ({
  phase,
  status: 'FAILED',
  message: `Error while executing command: node "$CODEBUILD_SRC_DIR/test-fix.mjs" ${step}. Reason: exit status ${exitStatus}`,
});
const succeeded = (phase: string) => ({ phase, status: 'SUCCEEDED', message: '' });

function verdictsOf(...phases: ReturnType<typeof failed>[]) {
  const { evidence } = validationReport({
    deploymentId: 'd',
    workflow: 'ready-patch',
    policy: guidePolicy,
    makeFix: undefined,
    testFix: { status: 'FAILED', phases },
  });
  return Object.keys(phaseOfCheck).map((check) => evidence.find((row) => row.check === check)?.verdict);
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
