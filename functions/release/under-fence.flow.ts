import { releaseOf } from '#deployment/current-release';
import type { Deployment } from '#deployment/deployment';
import type { EnvironmentName } from '#policy/policy';
import { locks } from '#services';

/** Renews the lease before the environment is touched; throws FenceRaised when recovery or someone else holds it now. */
export async function underFence(deployment: Deployment, environment: EnvironmentName): Promise<void> {
  await locks().renew({ application: deployment.application, environment }, deployment.id, releaseOf(deployment, environment).fence);
}
