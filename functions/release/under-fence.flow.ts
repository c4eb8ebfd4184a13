import type { Deployment } from '#deployment/deployment';
import { releaseOf } from '#deployment/release-lens';
import type { EnvironmentName } from '#policy/policy';
import type { Locks } from './locks.port.ts';

export interface FencePorts {
  readonly locks: Locks;
}

/** Renews the lease before a change. Throws FenceRaised if recovery or another deployment has the lock now. */
export async function underFence(ports: FencePorts, deployment: Deployment, environment: EnvironmentName): Promise<void> {
  await ports.locks.renew({ application: deployment.application, environment }, deployment.id, releaseOf(deployment, environment).fence);
}
