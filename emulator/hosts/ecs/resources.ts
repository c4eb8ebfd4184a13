import { physicalName } from '../../stack/physical-name.ts';
import { propertiesOf } from '../../stack/properties.ts';
import type { HostedResource, TemplateResource } from '../host.ts';
import { checkConfiguration, type EcsService, serviceArnOf } from './operations.ts';
import { asApi, serviceProperties } from './properties.ts';
import { register } from './task-definitions.ts';

type Create = (ecs: EcsService, resource: TemplateResource) => HostedResource;

/** How each resource of the template is created. An unchanged one keeps the releases made since the last run. */
export const RESOURCES: Readonly<Record<string, Create>> = {
  'AWS::ECS::Cluster': createCluster,
  'AWS::ECS::TaskDefinition': createTaskDefinition,
  'AWS::ECS::Service': createService,
};

function createCluster({ context }: EcsService, { logicalId, properties }: TemplateResource): HostedResource {
  const name = properties.ClusterName ?? physicalName(logicalId, 255);
  return { ref: name, attributes: { Arn: `arn:aws:ecs:${context.region}:${context.account}:cluster/${name}` } };
}

function createTaskDefinition({ store, context }: EcsService, { logicalId, properties }: TemplateResource): HostedResource {
  const wanted = { family: logicalId, ...(asApi(properties) as object) };
  const arn = store.deployed(logicalId, wanted) ?? register(store, context, wanted).arn;
  store.putDeployed(logicalId, wanted, arn);
  return { ref: arn, attributes: { TaskDefinitionArn: arn } };
}

function createService({ store, context, controller }: EcsService, { logicalId, properties }: TemplateResource): HostedResource {
  const wanted = propertiesOf(serviceProperties, { serviceName: logicalId, ...(asApi(properties) as object) });
  const arn = serviceArnOf(context, wanted.cluster, wanted.serviceName);
  if (!store.deployed(logicalId, wanted)) {
    const [{ advancedConfiguration, ...balancer } = { containerName: '', containerPort: 0, targetGroupArn: '' }] = wanted.loadBalancers;
    const made = {
      arn,
      name: wanted.serviceName,
      clusterArn: `${arn.split(':service/')[0]}:cluster/${wanted.cluster.split('/').at(-1)}`,
      desiredCount: wanted.desiredCount,
      balancer: { ...balancer, ...advancedConfiguration },
      configuration: wanted.deploymentConfiguration,
      createdMs: context.clock.nowMs(),
    };
    checkConfiguration(made, wanted.deploymentConfiguration);
    controller.deploy(store.putService({ ...store.service(arn), ...made }), wanted.taskDefinition, wanted.deploymentConfiguration);
  }
  store.putDeployed(logicalId, wanted, arn);
  return { ref: arn, attributes: { Name: wanted.serviceName, ServiceArn: arn } };
}
