import * as z from 'zod';
import { jsonBody } from '../../endpoint/json-protocol.ts';
import { type ApiCall, ApiError, type HostContext } from '../host.ts';
import type { Controller } from './controller.ts';
import { type Configuration, deploymentConfiguration } from './properties.ts';
import { isUnderWay } from './scene.ts';
import type { EcsStore } from './store.ts';
import { definitionArnOf, register } from './task-definitions.ts';
import type { Tasks } from './tasks.ts';
import type { Service, ServiceDeployment } from './types.ts';
import { briefView, deploymentView, revisionView, serviceView, taskDefinitionView } from './views.ts';

/** Everything that the operations work with. */
export interface EcsService {
  readonly context: HostContext;
  readonly store: EcsStore;
  readonly tasks: Tasks;
  readonly controller: Controller;
}

type Operation = (ecs: EcsService, call: ApiCall) => object;

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  RegisterTaskDefinition: ({ store, context }, call) => ({ taskDefinition: taskDefinitionView(register(store, context, jsonBody(call))) }),
  DescribeTaskDefinition: describeTaskDefinition,
  DescribeServices: describeServices,
  UpdateService: updateService,
  ListServiceDeployments: listServiceDeployments,
  DescribeServiceDeployments: describeServiceDeployments,
  DescribeServiceRevisions: describeServiceRevisions,
  ContinueServiceDeployment: continueServiceDeployment,
  StopServiceDeployment: stopServiceDeployment,
};

function describeTaskDefinition({ store, context }: EcsService, call: ApiCall): object {
  const { taskDefinition } = parsed(z.object({ taskDefinition: z.string() }), call);
  const found = store.taskDefinition(definitionArnOf(store, context, taskDefinition));
  if (!found) throw new ApiError('ClientException', 'Unable to describe task definition.');
  return { taskDefinition: taskDefinitionView(found), tags: found.tags };
}

function describeServices({ store, tasks, context }: EcsService, call: ApiCall): object {
  const { cluster, services } = parsed(
    z.object({ cluster: z.string().default('default'), services: z.array(z.string()).min(1).max(10) }),
    call,
  );
  const arns = services.map((name) => serviceArnOf(context, cluster, name));
  const found = arns.flatMap((arn) => store.service(arn) ?? []);
  const missing = arns.filter((arn) => !found.some((service) => service.arn === arn));
  return {
    services: found.map((service) => serviceView(service, store, tasks)),
    failures: missing.map((arn) => ({ arn, reason: 'MISSING' })),
  };
}

const UpdateService = z.strictObject({
  cluster: z.string().default('default'),
  service: z.string(),
  taskDefinition: z.string().optional(),
  deploymentConfiguration: deploymentConfiguration.optional(),
  desiredCount: z.int().min(1).optional(),
  forceNewDeployment: z.boolean().optional(),
});

function updateService({ store, controller, tasks, context }: EcsService, call: ApiCall): object {
  const asked = parsed(UpdateService, call);
  const service = serviceOf(store, context, asked.cluster, asked.service);
  const configuration = asked.deploymentConfiguration ?? (service.configuration as Configuration);
  checkConfiguration(service, configuration);
  const updated = store.putService({ ...service, configuration, desiredCount: asked.desiredCount ?? service.desiredCount });
  const deployment = store.deployment(service.deployment);
  const latest = store.revision((isUnderWay(deployment) ? deployment.target : service.current) ?? '')?.taskDefinitionArn;
  const wanted = asked.taskDefinition ? definitionArnOf(store, context, asked.taskDefinition) : latest;
  if (!wanted || !store.taskDefinition(wanted)) throw new ApiError('ClientException', 'TaskDefinition not found.');
  const after = wanted !== latest || asked.forceNewDeployment ? controller.deploy(updated, wanted, configuration) : updated;
  controller.reconcile(after.arn);
  return { service: serviceView(store.service(after.arn) as Service, store, tasks) };
}

/** Throws as ECS does if the service lacks something that the strategy needs. */
export function checkConfiguration({ balancer }: Pick<Service, 'balancer'>, { strategy }: Configuration): void {
  if (strategy === 'ROLLING' || balancer.alternateTargetGroupArn) return;
  throw new ApiError('InvalidParameterException', `A ${strategy} deployment needs a load balancer with advancedConfiguration`);
}

function listServiceDeployments({ store, context }: EcsService, call: ApiCall): object {
  const schema = z.object({
    service: z.string(),
    cluster: z.string().default('default'),
    status: z.array(z.string()).default([]),
    maxResults: z.int().min(1).max(100).default(20),
  });
  const { service: name, cluster, status, maxResults } = parsed(schema, call);
  const service = serviceOf(store, context, cluster, name);
  const wanted = store.deploymentsOf(service.arn).filter((deployment) => status.length === 0 || status.includes(deployment.status));
  return { serviceDeployments: wanted.slice(0, maxResults).map((deployment) => briefView(deployment, service)) };
}

function describeServiceDeployments({ store, tasks }: EcsService, call: ApiCall): object {
  const { serviceDeploymentArns } = parsed(z.object({ serviceDeploymentArns: z.array(z.string()).min(1).max(20) }), call);
  const found = serviceDeploymentArns.flatMap((arn) => store.deployment(arn) ?? []);
  const views = found.map((deployment) => deploymentView(deployment, store.service(deployment.serviceArn) as Service, tasks));
  return { serviceDeployments: views, failures: missing(serviceDeploymentArns, found) };
}

function describeServiceRevisions({ store }: EcsService, call: ApiCall): object {
  const { serviceRevisionArns } = parsed(z.object({ serviceRevisionArns: z.array(z.string()).min(1).max(20) }), call);
  const found = serviceRevisionArns.flatMap((arn) => store.revision(arn) ?? []);
  const views = found.flatMap((revision) => {
    const service = store.service(revision.serviceArn);
    const definition = store.taskDefinition(revision.taskDefinitionArn);
    return service && definition ? [revisionView(revision, service, definition)] : [];
  });
  return { serviceRevisions: views, failures: missing(serviceRevisionArns, found) };
}

function continueServiceDeployment({ store, controller }: EcsService, call: ApiCall): object {
  const schema = z.object({
    serviceDeploymentArn: z.string(),
    hookId: z.string(),
    action: z.enum(['CONTINUE', 'ROLLBACK']).default('CONTINUE'),
  });
  const { serviceDeploymentArn, hookId, action } = parsed(schema, call);
  const deployment = deploymentOf(store, serviceDeploymentArn);
  const { hook } = deployment;
  if (hook?.id !== hookId || hook.status !== 'AWAITING_ACTION')
    throw new ApiError('InvalidParameterException', `The hook ${hookId} is not awaiting an action.`);
  if (action === 'ROLLBACK') controller.rollBack(deployment, 'A lifecycle hook was answered with ROLLBACK.');
  else store.putDeployment({ ...deployment, hook: { ...hook, status: 'SUCCEEDED' } });
  controller.reconcile(deployment.serviceArn);
  return { serviceDeploymentArn };
}

function stopServiceDeployment({ store, controller }: EcsService, call: ApiCall): object {
  const schema = z.object({ serviceDeploymentArn: z.string(), stopType: z.literal('ROLLBACK').default('ROLLBACK') });
  const { serviceDeploymentArn } = parsed(schema, call);
  const deployment = deploymentOf(store, serviceDeploymentArn);
  if (!isUnderWay(deployment) || !deployment.source)
    throw new ApiError('ConflictException', `The service deployment is ${deployment.status} and cannot be stopped.`);
  controller.rollBack(deployment, 'The service deployment was stopped by a request.');
  return { serviceDeploymentArn };
}

function deploymentOf(store: EcsStore, arn: string): ServiceDeployment {
  const deployment = store.deployment(arn);
  if (!deployment) throw new ApiError('ServiceDeploymentNotFoundException', 'The service deployment was not found.');
  return deployment;
}

function serviceOf(store: EcsStore, context: HostContext, cluster: string, name: string): Service {
  const service = store.service(serviceArnOf(context, cluster, name));
  if (!service) throw new ApiError('ServiceNotFoundException', 'Service not found.');
  return service;
}

export function serviceArnOf({ region, account }: Pick<HostContext, 'region' | 'account'>, cluster: string, name: string): string {
  return name.startsWith('arn:') ? name : `arn:aws:ecs:${region}:${account}:service/${cluster.split('/').at(-1)}/${name}`;
}

const missing = (asked: readonly string[], found: readonly { arn: string }[]) =>
  asked.filter((arn) => !found.some((one) => one.arn === arn)).map((arn) => ({ arn, reason: 'MISSING' }));

function parsed<Schema extends z.ZodType>(schema: Schema, call: ApiCall): z.output<Schema> {
  const checked = schema.safeParse(jsonBody(call));
  if (checked.success) return checked.data;
  throw new ApiError('InvalidParameterException', z.prettifyError(checked.error));
}
