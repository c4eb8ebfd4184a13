import type { Deployment } from '#deployment/deployment';
import { releaseOf } from '#deployment/release-lens';
import type { EnvironmentName } from '#policy/policy';
import type { Locks } from './locks.port.ts';

export interface FencePorts {
  readonly locks: Locks;
}

/** Renews the lease before the environment is touched; throws FenceRaised when recovery or someone else holds it now. */
export async function underFence(ports: FencePorts, deployment: Deployment, environment: EnvironmentName): Promise<void> {
  await ports.locks.renew({ application: deployment.application, environment }, deployment.id, releaseOf(deployment, environment).fence);
}
