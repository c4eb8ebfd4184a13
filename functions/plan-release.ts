import { type ResultOf, releaseInput, taskOf } from '#contract';
import { policyOf, releaseOf, withRelease } from '#domain/current-release';
import { planners } from '#domain/plan';
import { lambda, occasionOf } from '#support/handler';
import { deployments, records, targetOf } from '#support/services';

export const handler = lambda(taskOf(releaseInput), async (task): Promise<ResultOf<'PlanRelease'>> => {
  const { deploymentId, environment } = task.input;
  const deployment = await deployments().read(deploymentId);
  const policy = policyOf(deployment, environment);
  const baseline = await targetOf(await records().readApplication(deployment.application), environment).serving();
  const steps = planners[policy.strategy](policy);
  await deployments().record(deploymentId, occasionOf(task), (current) => ({
    event: { type: 'ReleasePlanned', environment, steps, baseline },
    next: withRelease(current, { ...releaseOf(current, environment), plan: steps, baseline, revision: baseline.revision }),
  }));
  return { steps: steps.length, intervalSeconds: policy.intervalSeconds };
});
