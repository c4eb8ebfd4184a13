import { isRolling, isUnderWay } from './scene.ts';
import { phaseOf } from './side-by-side.ts';
import type { EcsStore } from './store.ts';
import type { Tasks } from './tasks.ts';
import type { Service, ServiceDeployment, ServiceRevision, TaskDefinition } from './types.ts';

const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);

export const taskDefinitionView = (definition: TaskDefinition) => ({
  ...definition.registered,
  taskDefinitionArn: definition.arn,
  family: definition.family,
  revision: definition.revision,
  status: 'ACTIVE',
  registeredAt: seconds(definition.registeredMs),
});

export function serviceView(service: Service, store: EcsStore, tasks: Tasks) {
  const deployment = store.deployment(service.deployment);
  const revisions = store.revisionsOf(service.arn).filter(({ arn }) => tasks.of(arn).length > 0);
  const serving = store.revision((isUnderWay(deployment) ? deployment.target : service.current) ?? '');
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    status: 'ACTIVE',
    desiredCount: service.desiredCount,
    runningCount: revisions.flatMap(({ arn }) => tasks.staying(arn)).length,
    pendingCount: 0,
    launchType: 'FARGATE',
    taskDefinition: serving?.taskDefinitionArn,
    deploymentConfiguration: service.configuration,
    deploymentController: { type: 'ECS' },
    currentServiceDeployment: isUnderWay(deployment) ? deployment.arn : undefined,
    currentServiceRevisions: revisions.map(({ arn }) => ({ arn, runningTaskCount: tasks.staying(arn).length })),
    loadBalancers: [loadBalancerView(service)],
    createdAt: seconds(service.createdMs),
  };
}

function loadBalancerView({ balancer: { containerName, containerPort, targetGroupArn, roleArn, ...advanced } }: Service) {
  const advancedConfiguration = roleArn ? { ...advanced, roleArn } : undefined;
  return { containerName, containerPort, targetGroupArn, advancedConfiguration };
}

export function deploymentView(deployment: ServiceDeployment, service: Service, tasks: Tasks) {
  const { arn, hook, status, rollback } = deployment;
  const beside = !isRolling(deployment);
  const revision = (revisionArn: string, weight: number) => ({
    arn: revisionArn,
    requestedTaskCount: service.desiredCount,
    runningTaskCount: tasks.healthy(revisionArn).length,
    pendingTaskCount: tasks.staying(revisionArn).length - tasks.healthy(revisionArn).length,
    ...(beside && { requestedProductionTrafficWeight: weight }),
  });
  return {
    serviceDeploymentArn: arn,
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    status,
    statusReason: deployment.reason,
    lifecycleStage: beside && isUnderWay(deployment) ? phaseOf(deployment)?.stage : undefined,
    lifecycleHookDetails: hook
      ? [
          {
            hookId: hook.id,
            targetType: 'PAUSE',
            status: hook.status,
            expiresAt: seconds(hook.expiresMs),
            timeoutAction: hook.timeoutAction,
          },
        ]
      : [],
    sourceServiceRevisions: deployment.source ? [revision(deployment.source, 100 - deployment.weight)] : [],
    targetServiceRevision: revision(deployment.target, deployment.weight),
    deploymentConfiguration: deployment.configuration,
    deploymentCircuitBreaker: { failureCount: deployment.failedTasks },
    rollback: rollback && { reason: rollback.reason, startedAt: seconds(rollback.startedMs), serviceRevisionArn: deployment.source },
    createdAt: seconds(deployment.createdMs),
    startedAt: seconds(deployment.createdMs),
    finishedAt: seconds(deployment.finishedMs),
  };
}

export const briefView = (deployment: ServiceDeployment, service: Service) => ({
  serviceDeploymentArn: deployment.arn,
  serviceArn: service.arn,
  clusterArn: service.clusterArn,
  status: deployment.status,
  statusReason: deployment.reason,
  targetServiceRevisionArn: deployment.target,
  createdAt: seconds(deployment.createdMs),
  startedAt: seconds(deployment.createdMs),
  finishedAt: seconds(deployment.finishedMs),
});

export function revisionView(revision: ServiceRevision, service: Service, definition: TaskDefinition) {
  const { name, image } = definition.container;
  const { productionListenerRule } = service.balancer;
  return {
    serviceRevisionArn: revision.arn,
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    taskDefinition: revision.taskDefinitionArn,
    launchType: 'FARGATE',
    loadBalancers: [loadBalancerView(service)],
    containerImages: [{ containerName: name, image, imageDigest: image.split('@')[1] }],
    resolvedConfiguration: { loadBalancers: [{ targetGroupArn: revision.targetGroupArn, productionListenerRule }] },
    createdAt: seconds(revision.createdMs),
  };
}
