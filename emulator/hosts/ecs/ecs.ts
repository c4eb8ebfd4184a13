import { jsonReply } from '../../endpoint/json-protocol.ts';
import { ApiError, type Host, type HostContext } from '../host.ts';
import type { Metrics } from '../lambda/types.ts';
import { Controller, type Routing } from './controller.ts';
import { Images } from './images.ts';
import { Metadata } from './metadata.ts';
import { type EcsService, OPERATIONS } from './operations.ts';
import { RESOURCES } from './resources.ts';
import { EcsStore } from './store.ts';
import { Tasks } from './tasks.ts';

export interface EcsOptions {
  readonly metrics: Metrics;
  readonly routing: Routing;
}

/** Hosts `AWS::ECS::*` and the part of its API that releases need: tasks are processes behind a local balancer. */
export function hostEcs(context: HostContext, { metrics, routing }: EcsOptions): Host {
  const store = new EcsStore(context.dataDir);
  const metadata = new Metadata((id) => tasks.get(id));
  const tasks: Tasks = new Tasks({
    context,
    metrics,
    images: new Images(context),
    groupOf: ({ targetGroupArn }) => routing.targetGroup(targetGroupArn),
    metadataUri: (id) => metadata.uriOf(id),
    onChange: ({ serviceArn }) => controller.reconcile(serviceArn),
    onFailed: (revision, reason) => controller.taskFailed(revision, reason),
  });
  const controller = new Controller(store, context, routing, tasks);
  const ecs: EcsService = { context, store, tasks, controller };
  return {
    signingNames: ['ecs'],
    resources: Object.fromEntries(Object.entries(RESOURCES).map(([type, create]) => [type, async (resource) => create(ecs, resource)])),
    async handle(call) {
      const operation = OPERATIONS[call.operation];
      if (!operation) throw new ApiError('UnknownOperationException', `ECS ${call.operation} is not supported locally`);
      return jsonReply(operation(ecs, call));
    },
    async start() {
      await metadata.listen();
      controller.start();
    },
    async stop() {
      controller.stop();
      tasks.kill();
      await metadata.close();
      store.file.close();
    },
  };
}
