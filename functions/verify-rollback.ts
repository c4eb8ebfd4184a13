import { type ResultOf, rollbackInput, taskOf } from '#contract';
import { releaseOf, withRelease } from '#domain/current-release';
import { verdictOfChecks } from '#domain/probes';
import { attemptsOf, notReturned, reasonOf, standing } from '#domain/rollback';
import { lambda, occasionOf } from '#support/handler';
import { runChecks } from '#support/run-checks';
import { deployments, outbox, records, targetOf } from '#support/services';

export const handler = lambda(taskOf(rollbackInput), async (task): Promise<ResultOf<'VerifyRollback'>> => {
  const { deploymentId, environment } = task.input;
  const deployment = await deployments().read(deploymentId);
  const application = await records().readApplication(deployment.application);
  const target = targetOf(application, environment);
  const before = releaseOf(deployment, environment);
  const withheld = before.rollback?.withheld;
  const serving = await target.serving();
  const kept = withheld ?? notReturned(before, serving);
  const checks = kept ? [kept] : await runChecks(target, serving.version, application.checks, ['service-health', 'functional-validation']);
  const verdict = verdictOfChecks(checks);
  const recorded = await deployments().record(deploymentId, occasionOf(task), (current) => {
    const release = releaseOf(current, environment);
    const rollback = {
      reason: reasonOf(current, release, task.input.reason),
      ...release.rollback,
      attempts: attemptsOf(release),
      verdict,
      checks,
      standing: standing(serving, checks),
    };
    return {
      event: { type: 'RollbackVerified', environment, verdict, attempt: rollback.attempts, checks },
      next: withRelease(current, { ...release, rollback }),
    };
  });
  const { rollback } = releaseOf(recorded, environment);
  if (rollback?.verdict !== 'Successful' && rollback?.attempts === 1)
    await outbox().order({ deploymentId, kind: 'critical', occasion: occasionOf(task).place });
  const backoffSeconds = deployment.policy.rollbackBackoffSeconds[(rollback?.attempts ?? 1) - 1];
  const frozen = withheld?.check === 'data-integrity';
  const again = rollback?.verdict !== 'Successful' && backoffSeconds !== undefined && !frozen;
  return { next: again ? 'Retry' : 'Finish', backoffSeconds: backoffSeconds ?? 0 };
});
