import type {
  DeploymentConfiguration,
  DeploymentLifecycleHookStage,
  ServiceDeploymentLifecycleStage,
  ServiceDeploymentStatus,
} from '@aws-sdk/client-ecs';
import type { ContainerDefinition } from './properties.ts';

/** One registered revision of a task definition; it never changes. */
export interface TaskDefinition {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly container: ContainerDefinition;
  /** Everything that was registered, as the API reports it. */
  readonly registered: Record<string, unknown>;
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
  readonly tags: { key: string; value: string }[];
  readonly registeredMs: number;
}

/** One state of a service: a task definition behind one of its target groups. */
export interface ServiceRevision {
  readonly arn: string;
  readonly serviceArn: string;
  readonly taskDefinitionArn: string;
  readonly targetGroupArn: string;
  readonly createdMs: number;
}

export interface Hook {
  readonly id: string;
  readonly status: 'AWAITING_ACTION' | 'SUCCEEDED';
  readonly expiresMs: number;
  readonly timeoutAction: 'CONTINUE' | 'ROLLBACK';
}

export interface ServiceDeployment {
  readonly arn: string;
  readonly serviceArn: string;
  /** Counts up over all deployments of a service. */
  readonly number: number;
  readonly source?: string;
  readonly target: string;
  readonly configuration: DeploymentConfiguration;
  readonly status: ServiceDeploymentStatus;
  readonly reason?: string;
  /** Where in its phases it is, since when, and the pause that it stands at. */
  readonly phase: number;
  readonly sinceMs: number;
  readonly hook?: Hook;
  /** Share of the production traffic that the target revision gets. */
  readonly weight: number;
  readonly failedTasks: number;
  readonly rollback?: { readonly reason: string; readonly startedMs: number };
  readonly createdMs: number;
  readonly finishedMs?: number;
}

export interface Service {
  readonly arn: string;
  readonly name: string;
  readonly clusterArn: string;
  readonly desiredCount: number;
  readonly balancer: Balancer;
  readonly configuration: DeploymentConfiguration;
  /** The revision that served last without a deployment under way. */
  readonly current?: string;
  readonly deployment?: string;
  readonly createdMs: number;
}

export interface Balancer {
  readonly containerName: string;
  readonly containerPort: number;
  readonly targetGroupArn: string;
  readonly alternateTargetGroupArn?: string;
  readonly productionListenerRule?: string;
  readonly roleArn?: string;
}

/** One thing that a deployment does before the next. */
export type Phase =
  | { readonly stage: ServiceDeploymentLifecycleStage; readonly pause: DeploymentLifecycleHookStage }
  | { readonly stage: 'SCALE_UP' | 'CLEAN_UP' }
  | { readonly stage: 'PRODUCTION_TRAFFIC_SHIFT' | 'BAKE_TIME'; readonly weight: number; readonly waitMs: number };
