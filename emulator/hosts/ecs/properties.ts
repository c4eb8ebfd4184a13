import * as z from 'zod';

const whole = z.coerce.number().int();
const pair = z.strictObject({ name: z.string(), value: z.string() });
const tag = z.strictObject({ key: z.string(), value: z.string() });

/** `repository@sha256:…`; a tag may point somewhere else tomorrow, so it names nothing here. */
const IMAGE_BY_DIGEST = /^[^@\s]+@sha256:[0-9a-f]{64}$/;

const containerDefinition = z.strictObject({
  name: z.string(),
  image: z.string().regex(IMAGE_BY_DIGEST, 'images are hosted by digest only: repository@sha256:…'),
  command: z.array(z.string()).default([]),
  entryPoint: z.array(z.string()).default([]),
  environment: z.array(pair).default([]),
  portMappings: z.array(z.looseObject({ containerPort: whole })).length(1),
  dockerLabels: z.record(z.string(), z.string()).default({}),
  essential: z.boolean().default(true),
  stopTimeout: whole.default(30),
  cpu: whole.optional(),
  memory: whole.optional(),
  readonlyRootFilesystem: z.boolean().optional(),
  logConfiguration: z.looseObject({}).optional(),
  mountPoints: z.array(z.never()).optional(),
  volumesFrom: z.array(z.never()).optional(),
  systemControls: z.array(z.never()).optional(),
});
export type ContainerDefinition = z.infer<typeof containerDefinition>;

/** The task definitions that may be registered: one container, behind `awsvpc` networking as on Fargate. */
export const taskDefinitionProperties = z.strictObject({
  family: z.string(),
  containerDefinitions: z.array(containerDefinition).length(1, 'one container per task is hosted'),
  taskRoleArn: z.string().optional(),
  executionRoleArn: z.string().optional(),
  networkMode: z.literal('awsvpc'),
  requiresCompatibilities: z.array(z.literal('FARGATE')).default(['FARGATE']),
  cpu: z.coerce.string().optional(),
  memory: z.coerce.string().optional(),
  runtimePlatform: z.looseObject({}).optional(),
  volumes: z.array(z.never()).optional(),
  placementConstraints: z.array(z.never()).optional(),
  tags: z.array(tag).default([]),
});
export type TaskDefinitionProperties = z.infer<typeof taskDefinitionProperties>;

const percent = z.coerce.number().min(0).max(100);
const minutes = whole.min(0).max(1440);
const pauseStages = ['PRE_SCALE_UP', 'POST_SCALE_UP', 'PRE_PRODUCTION_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT'] as const;
const hook = z.strictObject({
  targetType: z.literal('PAUSE', 'Lambda hooks are not hosted'),
  lifecycleStages: z.array(z.enum(pauseStages)).min(1),
  timeoutConfiguration: z
    .strictObject({
      timeoutInMinutes: whole.min(1).max(20_160).default(1440),
      action: z.enum(['CONTINUE', 'ROLLBACK']).default('ROLLBACK'),
    })
    .prefault({}),
});

/** How a service replaces its tasks. */
export const deploymentConfiguration = z.strictObject({
  strategy: z.enum(['ROLLING', 'BLUE_GREEN', 'CANARY', 'LINEAR']).default('ROLLING'),
  maximumPercent: whole.min(100).max(200).default(200),
  minimumHealthyPercent: percent.default(100),
  bakeTimeInMinutes: minutes.default(0),
  lifecycleHooks: z.array(hook).default([]),
  canaryConfiguration: z
    .strictObject({ canaryPercent: z.coerce.number().min(0.1).max(100).default(5), canaryBakeTimeInMinutes: minutes.default(10) })
    .optional(),
  linearConfiguration: z
    .strictObject({ stepPercent: z.coerce.number().min(3).max(100).default(10), stepBakeTimeInMinutes: minutes.default(6) })
    .optional(),
  deploymentCircuitBreaker: z.strictObject({ enable: z.boolean(), rollback: z.boolean() }).default({ enable: false, rollback: false }),
  alarms: z
    .strictObject({ alarmNames: z.array(z.string()).default([]), enable: z.literal(false, 'alarms are not hosted'), rollback: z.boolean() })
    .optional(),
});
export type Configuration = z.infer<typeof deploymentConfiguration>;

/** A service of the template: behind one load balancer, by ECS's own deployment controller. */
export const serviceProperties = z.strictObject({
  serviceName: z.string(),
  cluster: z.string(),
  taskDefinition: z.string(),
  desiredCount: whole.min(1).default(1),
  launchType: z.literal('FARGATE').optional(),
  deploymentController: z.strictObject({ type: z.literal('ECS') }).optional(),
  deploymentConfiguration: deploymentConfiguration.prefault({}),
  healthCheckGracePeriodSeconds: whole.optional(),
  networkConfiguration: z.looseObject({}).optional(),
  enableECSManagedTags: z.boolean().optional(),
  propagateTags: z.string().optional(),
  tags: z.array(tag).optional(),
  loadBalancers: z
    .array(
      z.strictObject({
        containerName: z.string(),
        containerPort: whole,
        targetGroupArn: z.string(),
        advancedConfiguration: z
          .strictObject({ alternateTargetGroupArn: z.string(), productionListenerRule: z.string(), roleArn: z.string() })
          .optional(),
      }),
    )
    .length(1, 'a service is hosted behind one target group'),
});

/** Names as the API has them: templates begin them with a capital; keys of free maps stay. */
export function asApi(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asApi);
  if (typeof value !== 'object' || value === null) return value;
  const named = Object.entries(value).map(([key, inner]) => {
    const name = key.startsWith('ECS') ? key : key.charAt(0).toLowerCase() + key.slice(1);
    return [name === 'eCSManagedTags' ? key : name, ['DockerLabels', 'Options'].includes(key) ? inner : asApi(inner)];
  });
  return Object.fromEntries(named);
}
