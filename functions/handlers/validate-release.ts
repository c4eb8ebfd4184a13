import { type ResultOf, releaseInput, taskOf } from '#contract';
import { releaseOf, withRelease } from '#deployment/current-release';
import { occasionOf } from '#deployment/occasion';
import { MissingFact } from '#platform/errors';
import { lambda } from '#platform/handler';
import { checkNames } from '#policy/policy';
import { applications, deployments, now, targetOf } from '#services';
import { verdictOfChecks } from '#target/probes';
import { runChecks } from '#target/run-checks.flow';
import { afterValidation } from '#watch/watch';

export const handler = lambda(taskOf(releaseInput), async (task): Promise<ResultOf<'ValidateRelease'>> => {
  const { deploymentId, environment } = task.input;
  const deployment = await deployments().read(deploymentId);
  if (deployment.stopRequest) return { next: 'RollBack', verdict: 'Inconclusive' };
  const application = await applications().readApplication(deployment.application);
  const { candidateVersion } = releaseOf(deployment, environment);
  if (!candidateVersion) throw new MissingFact('no candidate to validate');
  const results = await runChecks(targetOf(application, environment), candidateVersion, application.checks, checkNames);
  const recorded = await deployments().record(deploymentId, occasionOf(task), (current) => ({
    event: { type: 'ReleaseValidated', environment, verdict: verdictOfChecks(results), checks: results },
    next: withRelease(current, afterValidation(releaseOf(current, environment), results, now().toISOString())),
  }));
  // What is on the record decides: checks that are run again because an answer was lost may come out otherwise.
  const { checks = [], phase } = releaseOf(recorded, environment);
  const verdict = verdictOfChecks(checks);
  if (verdict !== 'Successful') return { next: 'RollBack', verdict };
  return { next: phase === 'monitor' ? 'Watch' : 'ApplyStep', verdict };
});
