import { type Counts, isRollback, type Scene } from './scene.ts';
import type { ServiceDeployment } from './types.ts';

/**
 * Replaces tasks within `maximumPercent` and `minimumHealthyPercent`: the new task is healthy before the old one
 * leaves.
 */
export function rollingCounts(deployment: ServiceDeployment, { desired, staying, healthy, existing }: Scene): Counts {
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = deployment.configuration;
  const [from, to] = isRollback(deployment) ? [deployment.target, deployment.source] : [deployment.source, deployment.target];
  const most = Math.max(Math.floor((desired * maximumPercent) / 100), 1);
  const least = Math.ceil((desired * minimumHealthyPercent) / 100);
  const leave = Math.max(0, Math.min(staying(from), least - healthy(to)));
  const arrive = Math.min(desired, Math.max(staying(to), most - existing(from)));
  return new Map([...(from ? [[from, leave] as const] : []), ...(to ? [[to, arrive] as const] : [])]);
}

/** Moves a rolling deployment on: it has succeeded when every task is new and healthy and the old ones are gone. */
export function rollForward(deployment: ServiceDeployment, { desired, healthy, existing }: Scene): ServiceDeployment {
  const [from, to] = isRollback(deployment) ? [deployment.target, deployment.source] : [deployment.source, deployment.target];
  const arrived = healthy(to) >= desired && existing(from) === 0;
  if (deployment.status === 'ROLLBACK_REQUESTED') return { ...deployment, status: 'ROLLBACK_IN_PROGRESS' };
  if (!arrived) return deployment;
  return { ...deployment, status: isRollback(deployment) ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL' };
}
