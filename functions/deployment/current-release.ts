import type { EnvironmentName, EnvironmentPolicy } from '#policy/policy';
import { type Deployment, type DeploymentStatus, hasEnded } from './deployment.ts';
import type { Release } from './release.ts';

/** Finds the environment's release, which the lock's holder has opened; throws when a state was entered too early. */
export function releaseOf(deployment: Deployment, environment: EnvironmentName): Release {
  const release = deployment[environment];
  if (!release) throw new Error(`deployment ${deployment.id} has no release in ${environment}: its lock was never acquired`);
  return release;
}

export const policyOf = (deployment: Deployment, environment: EnvironmentName): EnvironmentPolicy => deployment.policy[environment];

export function withRelease(deployment: Deployment, release: Release): Deployment {
  return { ...deployment, [release.environment]: release };
}

/** Opens the release under the lock's fence; a second attempt in the same environment counts up. */
export function openRelease(deployment: Deployment, environment: EnvironmentName, fence: number, at: string): Deployment {
  const release: Release = {
    environment,
    attempt: (deployment[environment]?.attempt ?? 0) + 1,
    fence,
    startedAt: at,
    plan: [],
    stepIndex: -1,
    phase: 'bake',
    phaseStartedAt: at,
    inconclusiveInARow: 0,
    monitoredSeconds: 0,
    intervals: [],
  };
  return enterStage(withRelease(deployment, release), environment === 'staging' ? 'Staging' : 'Production', at);
}

/** Ends a release that never opened, since its lock was not acquired. */
export function withoutRelease(deployment: Deployment, environment: EnvironmentName, resultReason: string, at: string): Deployment {
  const unopened = releaseOf(openRelease(deployment, environment, 0, at), environment);
  return withRelease(deployment, { ...unopened, result: 'NotStarted', resultReason, finishedAt: at });
}

/** Moves a deployment to its next status and keeps when each stage began and ended. */
export function enterStage(deployment: Deployment, status: DeploymentStatus, at: string): Deployment {
  if (deployment.stages.at(-1)?.stage === status) return { ...deployment, status };
  const ended = deployment.stages.map((stage) => (stage.endedAt ? stage : { ...stage, endedAt: at }));
  return { ...deployment, status, stages: [...ended, { stage: status, startedAt: at }] };
}

/** When a deployment got its outcome, which messages sent afterwards do not move; its last change while it is under way. */
export function endOf(deployment: Deployment): string {
  const last = deployment.stages.at(-1);
  return (hasEnded(deployment) && (last?.endedAt ?? last?.startedAt)) || deployment.updatedAt;
}

/** The commit that production serves, as far as our own record goes: the newest release that got all traffic and kept it. */
export function servingCommit(deployments: readonly Deployment[]): string | undefined {
  const serving = deployments.filter(({ production }) => {
    if (!production || production.rollback) return false;
    return production.result === 'Succeeded' || (!production.result && production.phase !== 'bake');
  });
  serving.sort((a, b) => ((a.production?.startedAt ?? '') < (b.production?.startedAt ?? '') ? 1 : -1));
  return serving[0]?.fix?.commit;
}
