import type { EnvironmentName, EnvironmentPolicy } from '#policy/policy';
import type { Deployment } from './deployment.ts';
import type { Release } from './release.ts';
import { enterStage } from './stages.ts';

/** Returns the environment's release. Throws if no release was opened there under the lock. */
export function releaseOf(deployment: Deployment, environment: EnvironmentName): Release {
  const release = deployment[environment];
  if (!release) throw new Error(`deployment ${deployment.id} has no release in ${environment}: its lock was never acquired`);
  return release;
}

export const policyOf = (deployment: Deployment, environment: EnvironmentName): EnvironmentPolicy => deployment.policy[environment];

export function withRelease(deployment: Deployment, release: Release): Deployment {
  return { ...deployment, [release.environment]: release };
}

/** Opens the release under the lock's fence. Each attempt in the same environment has the next number. */
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
