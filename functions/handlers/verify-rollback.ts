import { defect, results, retryableErrors, rollbackInput, taskOf } from '#contract';
import type { Deployment } from '#deployment/deployment';
import { entryOf } from '#deployment/entry';
import type { CheckResult, Release } from '#deployment/release';
import { releaseOf, withRelease } from '#deployment/release-lens';
import { returning } from '#platform/handler';
import { namedForRetry } from '#platform/service-busy';
import type { Checks, EnvironmentName } from '#policy/policy';
import { attemptsOf, notReturned, rollbackReason, servingInWords } from '#release/rollback';
import { applications, deployments, now, outbox, targetOf } from '#services';
import { verdictOfChecks } from '#target/probes';
import { runChecks } from '#target/run-checks.flow';
import type { Target } from '#target/target.port';

/** Immediate retries by ASL. If the target still gives no answer, the verification failed and pages a person. */
const RETRIES_AT_ONCE = 2;

/** The function times out at 280 s. The checks must end earlier, so that their results can be recorded. */
const LONGEST_CHECKS_SECONDS = 240;

/** The result of one verification. */
interface Looked {
  readonly checks: CheckResult[];
  readonly servingState: string;
}

const verifyTask = taskOf(rollbackInput).extend({ defect });

export const handler = returning(results.VerifyRollback)(verifyTask, async (task) => {
  const { deploymentId, environment, reason } = task.input;
  const deployment = await deployments().read(deploymentId);
  const looked = await look(deployment, environment, task.defect).catch((error) => unverifiable(error, task.state.RetryCount));
  const recorded = await deployments().record(deploymentId, entryOf(task), (current) => {
    const release = verified(current, releaseOf(current, environment), looked, reason);
    const { verdict = 'Inconclusive', attempts: attempt, checks } = release.rollback;
    return { event: { type: 'RollbackVerified', environment, verdict, attempt, checks }, next: withRelease(current, release) };
  });
  const { verdict, failures, againAt } = releaseOf(recorded, environment).rollback ?? {};
  if (verdict !== 'Successful' && failures === 1)
    await outbox().order({ deploymentId, kind: 'critical', entryKey: entryOf(task).entryKey });
  return { next: againAt ? 'Retry' : 'Finish', backoffSeconds: againAt ? backoffAfter(deployment, failures) : 0 };
});

/** Runs the rollback's two checks (R-BACK-9) on what serves, if the traffic was returned. */
async function look(deployment: Deployment, environment: EnvironmentName, caught: string): Promise<Looked> {
  const application = await applications().readApplication(deployment.application);
  const target = targetOf(application, environment);
  const release = releaseOf(deployment, environment);
  const serving = await target.serving();
  const failedReturn = release.rollback?.refusedReturn ?? notReturned(release, serving, caught);
  const checks = failedReturn ? [failedReturn] : await check(target, serving.version, application.checks);
  return { checks, servingState: servingInWords(serving, checks) };
}

function check(target: Target, version: string, checks: Checks): Promise<CheckResult[]> {
  const limit = { untilMs: now().getTime() + LONGEST_CHECKS_SECONDS * 1000, because: `a verification has ${LONGEST_CHECKS_SECONDS} s` };
  return runChecks(target, { version, checks, names: ['service-health', 'functional-validation'], limit });
}

/**
 * If the target cannot be asked, this counts like a failed check.
 * Sluice pages a person and tries the rollback again.
 */
function unverifiable(thrown: unknown, retries: number): Looked {
  const error = namedForRetry(thrown) as Error;
  if (retries < RETRIES_AT_ONCE && (retryableErrors as readonly string[]).includes(error.name)) throw error;
  const detail = `the target could not be asked what serves: ${error.name}: ${error.message}`;
  return {
    checks: [{ check: 'service-health', verdict: 'Inconclusive', detail }],
    servingState: `it is not known what serves (${detail})`,
  };
}

function verified(current: Deployment, release: Release, { checks, servingState }: Looked, asked: string) {
  const verdict = verdictOfChecks(checks);
  const failures = (release.rollback?.failures ?? 0) + (verdict === 'Successful' ? 0 : 1);
  const frozen = release.rollback?.refusedReturn?.check === 'data-integrity';
  const backoffSeconds = verdict === 'Successful' || frozen ? 0 : backoffAfter(current, failures);
  const againAt = backoffSeconds > 0 ? new Date(now().getTime() + backoffSeconds * 1000).toISOString() : undefined;
  const reason = release.rollback?.reason ?? rollbackReason(current, release, asked);
  return {
    ...release,
    rollback: { ...release.rollback, reason, attempts: attemptsOf(release), verdict, checks, servingState, failures, againAt },
  };
}

const backoffAfter = ({ policy }: Deployment, failures = 0): number => policy.rollbackBackoffSeconds[failures - 1] ?? 0;
