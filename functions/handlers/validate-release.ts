import { releaseInput, results, taskOf } from '#contract';
import { entryOf } from '#deployment/entry';
import { policyOf, releaseOf, withRelease } from '#deployment/release-lens';
import { MissingFact } from '#platform/errors';
import { returning } from '#platform/handler';
import { checkNames, type EnvironmentPolicy } from '#policy/policy';
import { applications, deployments, now, targetOf } from '#services';
import { verdictOfChecks } from '#target/probes';
import { runChecks, type TimeLimit } from '#target/run-checks.flow';
import { validationSecondsOf } from '#watch/feasible';
import { afterValidation } from '#watch/watch';

export const handler = returning(results.ValidateRelease)(taskOf(releaseInput), async (task) => {
  const { deploymentId, environment } = task.input;
  const deployment = await deployments().read(deploymentId);
  if (deployment.stopRequest) return { next: 'RollBack', verdict: 'Inconclusive' };
  const application = await applications().readApplication(deployment.application);
  const { candidateVersion } = releaseOf(deployment, environment);
  if (!candidateVersion) throw new MissingFact('no candidate to validate');
  const { checks } = application;
  const limit = limitOf(policyOf(deployment, environment), task.state);
  const results = await runChecks(targetOf(application, environment), { version: candidateVersion, checks, names: checkNames, limit });
  const recorded = await deployments().record(deploymentId, entryOf(task), (current) => ({
    event: { type: 'ReleaseValidated', environment, verdict: verdictOfChecks(results), checks: results },
    next: withRelease(current, afterValidation(releaseOf(current, environment), results, now().toISOString())),
  }));
  // The recorded checks decide: if a lost result repeats this task, the new checks may end differently.
  const { checks: recordedChecks = [], phase } = releaseOf(recorded, environment);
  const verdict = verdictOfChecks(recordedChecks);
  if (verdict !== 'Successful') return { next: 'RollBack', verdict };
  return { next: phase === 'monitor' ? 'Watch' : 'ApplyStep', verdict };
});

/** Counts from the entry into the state, so that a retried task gets no more time. */
function limitOf(policy: EnvironmentPolicy, { EnteredTime }: { EnteredTime: string }): TimeLimit {
  const seconds = validationSecondsOf(policy);
  return { untilMs: Date.parse(EnteredTime) + seconds * 1000, because: `validationTimeoutSeconds is ${policy.validationTimeoutSeconds}` };
}
