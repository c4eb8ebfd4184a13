import { releaseInput, results, taskOf } from '#contract';
import type { Deployment } from '#deployment/deployment';
import { entryOf } from '#deployment/entry';
import { releaseOf } from '#deployment/release-lens';
import { servingCommit } from '#deployment/serving';
import { returning } from '#platform/handler';
import { readiness } from '#release/readiness';
import { applications, artifacts, deployments, locks, now, targetOf } from '#services';
import { healthRequest } from '#target/probes';
import type { Target } from '#target/target.port';

export const handler = returning(results.CheckReadiness)(taskOf(releaseInput), async (task) => {
  const { deploymentId, environment } = task.input;
  const deployment = await deployments().read(deploymentId);
  const application = await applications().readApplication(deployment.application);
  const lock = await locks().read({ application: application.name, environment });
  const facts = await gather(deployment, targetOf(application, environment), application.checks);
  const ready = readiness({
    ...facts,
    deployment,
    environment,
    lockHolder: lock.holder,
    at: now().toISOString(),
    blocked: application.blocked,
  });
  const recorded = await deployments().record(deploymentId, entryOf(task), (current) => ({
    event: { type: 'ReadinessChecked', environment, ...ready },
    next: {
      ...current,
      [environment]: {
        ...releaseOf(current, environment),
        resultReason: ready.verdict === 'Successful' ? undefined : refusal(ready.checks),
      },
    },
  }));
  const { resultReason } = releaseOf(recorded, environment);
  return { next: resultReason === undefined ? 'Proceed' : 'Stop', reason: resultReason ?? '' };
});

async function gather(deployment: Deployment, target: Target, checks: Parameters<typeof healthRequest>[0]) {
  const serving = await target.serving();
  const health = await target.probe(serving.version, healthRequest(checks));
  const others = await deployments().ofApplication(deployment.application, 50);
  const stored = deployment.fix?.artifactKey && (await artifacts().measure(deployment.fix.artifactKey));
  const storedDigest = stored ? stored.digest : undefined;
  return {
    storedDigest,
    serving,
    healthStatus: health.status,
    productionCommit: servingCommit(others.filter(({ id }) => id !== deployment.id)),
  };
}

const refusal = (checks: readonly { verdict: string; detail: string }[]) =>
  checks
    .filter((check) => check.verdict !== 'Successful')
    .map((check) => check.detail)
    .join('; ');
