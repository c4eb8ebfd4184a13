import { schemaChangesIn } from '#decision/decision';
import { irreversibleIn } from '#decision/gates';
import { countChangedLines, isForbidden, touchedPaths } from '#decision/touched-paths';
import type { Fix, FixCheck } from '#deployment/deployment';
import { combineVerdicts, type Verdict } from '#deployment/verdict';
import { goalIdOf } from '#intake/issue-intake';
import type { Policy } from '#policy/policy';
import { digestOfDiff } from './diff-digest.ts';

export interface BuildFacts {
  readonly status: string;
  readonly phases: readonly { readonly phase: string; readonly status: string; readonly message: string }[];
}

export interface ValidationInput {
  readonly deploymentId: string;
  readonly workflow: string;
  readonly policy: Policy;
  /** Undefined if the build never started or cannot be found. */
  readonly makeFix: BuildFacts | undefined;
  readonly testFix: BuildFacts | undefined;
  readonly commit?: { readonly commit: string; readonly baseCommit: string };
  readonly diff?: string;
  readonly artifact?: { readonly key: string; readonly versionId?: string; readonly digest: string };
}

/** The phase of the test build that runs each check: the build service itself records how a phase ended. */
export const phaseOfCheck = {
  'credential-scan': 'PRE_BUILD',
  'phi-scan': 'PRE_BUILD',
  'code-quality': 'BUILD',
  tests: 'POST_BUILD',
} as const;

/**
 * Makes the validation report from the build service's record and the stored commit (R-ISSUE-4).
 * The output of a build is not evidence.
 */
export function validationReport(input: ValidationInput): Fix {
  const files = touchedPaths(input.diff ?? '');
  const checks = [made(input), ...tested(input.testFix), allowedPaths(files, input)];
  const verdict = combineVerdicts(checks.map((row) => row.verdict));
  const { added, removed } = countChangedLines(input.diff ?? '');
  return {
    verdict,
    checks,
    goalId: goalIdOf(input.deploymentId),
    workflow: input.workflow,
    tasksCompleted: verdict === 'Successful' ? 3 : 0,
    ...input.commit,
    artifactKey: input.artifact?.key,
    artifactVersionId: input.artifact?.versionId,
    digest: input.artifact?.digest,
    ...(input.diff !== undefined && { diffDigest: digestOfDiff(input.diff) }),
    files,
    addedLines: added,
    removedLines: removed,
    schemaChanges: schemaChangesIn(files, input.policy),
    irreversible: irreversibleIn(files, input.policy),
    reason: reasonOfChecks(checks, verdict),
  };
}

function made({ makeFix, artifact, commit, diff }: ValidationInput): FixCheck {
  const stored = Boolean(artifact && commit && diff);
  if (makeFix?.status === 'SUCCEEDED' && stored) return { check: 'fix', verdict: 'Successful', detail: 'commit and artifact are stored' };
  if (makeFix?.status === 'SUCCEEDED')
    return { check: 'fix', verdict: 'Inconclusive', detail: 'the build succeeded but did not store both commit and artifact' };
  if (makeFix?.status === 'FAILED')
    return {
      check: 'fix',
      verdict: 'Failed',
      detail: 'the fix could not be made: it does not apply, or there is nothing to change; see the build log',
    };
  return {
    check: 'fix',
    verdict: 'Inconclusive',
    detail: `the build that makes the fix is ${makeFix?.status ?? 'not there'}; submit the issue again`,
  };
}

function tested(testFix: BuildFacts | undefined): FixCheck[] {
  return Object.entries(phaseOfCheck).map(([check, phase]) => {
    const ran = testFix?.phases.find((candidate) => candidate.phase === phase);
    return { check, ...readPhase(check, ran) };
  });
}

const notRun = { verdict: 'Inconclusive', detail: 'did not run: a check that did not run has not passed' } as const;

/**
 * The text of CodeBuild's phase contexts.
 * A command ends with the check's name; only status 1 means that the check itself failed.
 */
const failedCommand = /Error while executing command: .* ([\w-]+)\. Reason: exit status (\d+)/;

/**
 * Reads one check from its phase.
 * A phase runs its commands in order and ends at the first failure, so later checks did not run.
 */
function readPhase(check: string, ran: BuildFacts['phases'][number] | undefined): Omit<FixCheck, 'check'> {
  if (ran?.status === 'SUCCEEDED') return { verdict: 'Successful', detail: 'passed' };
  const [, failed, exitStatus] = failedCommand.exec(ran?.message ?? '') ?? [];
  const order = Object.keys(phaseOfCheck);
  if (ran?.status !== 'FAILED' || !failed || order.indexOf(check) > order.indexOf(failed)) return notRun;
  if (order.indexOf(check) < order.indexOf(failed)) return { verdict: 'Successful', detail: 'passed' };
  if (exitStatus === '1') return { verdict: 'Failed', detail: `failed in phase ${ran.phase}; see the build log` };
  return { verdict: 'Inconclusive', detail: `could not run in phase ${ran.phase} (exit status ${exitStatus}); see the build log` };
}

function allowedPaths(files: readonly string[], { policy, diff }: ValidationInput): FixCheck {
  if (!diff) return { check: 'allowed-paths', verdict: 'Inconclusive', detail: 'there is no stored diff to check' };
  const forbidden = files.filter((file) => isForbidden(file, policy.forbiddenPaths));
  if (forbidden.length === 0) return { check: 'allowed-paths', verdict: 'Successful', detail: `${files.length} file(s), none forbidden` };
  return {
    check: 'allowed-paths',
    verdict: 'Failed',
    detail: `the fix touches ${forbidden.join(', ')}, which Sluice may not change; change it by hand`,
  };
}

function reasonOfChecks(checks: readonly FixCheck[], verdict: Verdict): string {
  if (verdict === 'Successful') return 'every check passed';
  const first = checks.filter((row) => row.verdict === 'Failed');
  return (first.length > 0 ? first : checks.filter((row) => row.verdict === 'Inconclusive'))
    .map(({ check, detail }) => `${check}: ${detail}`)
    .join('; ');
}
