import { releaseOf } from '#domain/current-release';
import type { Deployment } from '#domain/deployment';
import type { EnvironmentName } from '#domain/policy';
import { locks } from './services.ts';

/** Renews the lease before the environment is touched; throws FenceRaised when recovery or someone else holds it now. */
export async function underFence(deployment: Deployment, environment: EnvironmentName): Promise<void> {
  await locks().renew({ application: deployment.application, environment }, deployment.id, releaseOf(deployment, environment).fence);
}
