import { type Deployment, type DeploymentStatus, hasEnded } from './deployment.ts';

/** Moves a deployment to its next status and records when each stage began and ended. */
export function enterStage(deployment: Deployment, status: DeploymentStatus, at: string): Deployment {
  if (deployment.stages.at(-1)?.stage === status) return { ...deployment, status };
  const ended = deployment.stages.map((stage) => (stage.endedAt ? stage : { ...stage, endedAt: at }));
  return { ...deployment, status, stages: [...ended, { stage: status, startedAt: at }] };
}

/**
 * Returns when a deployment got its outcome; later messages do not change that time.
 * If the deployment is under way, returns its last change.
 */
export function endOf(deployment: Deployment): string {
  const last = deployment.stages.at(-1);
  return (hasEnded(deployment) && (last?.endedAt ?? last?.startedAt)) || deployment.updatedAt;
}
