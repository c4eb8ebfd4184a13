import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, CfnOutput, Stack } from 'aws-cdk-lib';
import { CfnCluster, CfnService, CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { CfnListener, CfnLoadBalancer, CfnTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { strToU8, type Zippable, zipSync } from 'fflate';

/** How a release of the test service behaves. A `weak` one fails only on `/awkward`. */
export type Behaviour = 'well' | 'weak' | 'crashes' | 'unhealthy';

export const cluster = 'shop';
export const repository = 'shop/storefront';

/** Packs one release of the test service. The bytes are the same every time. */
export function releaseZip(behaviour: Behaviour, text: string): Buffer {
  const server = readFileSync(new URL('./service/server.mjs', import.meta.url));
  const files: Zippable = { 'server.mjs': server, 'release.json': strToU8(JSON.stringify({ behaviour, text })) };
  return Buffer.from(zipSync(files, { mtime: new Date('2026-01-01T00:00:00Z') }));
}

/** Makes the template without the CloudFormation rule checks. They take seconds, and another test runs them. */
export function synthesiseUnchecked(app: App): void {
  process.env.CDK_VALIDATION = 'false';
  app.synth();
}

export const digestOf = (zip: Buffer): string => createHash('sha256').update(zip).digest('base64');

export interface EcsExampleProps {
  readonly services: readonly string[];
  readonly tasks: number;
  /** ARN of the bucket with the later images. */
  readonly artifacts: string;
}

/** The stack of a team with services on ECS: two target groups, a listener for users and one per group for probes. */
export class EcsExampleStack extends Stack {
  constructor(scope: App, id: string, props: EcsExampleProps) {
    super(scope, id);
    const folder = join(scope.outdir, 'first-image');
    mkdirSync(folder, { recursive: true });
    const zip = releaseZip('well', 'first');
    writeFileSync(join(folder, 'image.zip'), zip);
    const asset = new Asset(this, 'FirstImage', { path: join(folder, 'image.zip') });
    const shop = new CfnCluster(this, 'Cluster', { clusterName: cluster });
    const roles = rolesOf(this, [`${props.artifacts}/*`, asset.bucket.arnForObjects(asset.s3ObjectKey)]);
    for (const name of props.services) {
      const definition = definitionOf(this, name, zip, asset, roles);
      serviceOf(this, name, { shop, definition, tasks: props.tasks, infrastructure: roles.infrastructure });
    }
  }
}

interface Roles {
  readonly task: Role;
  readonly execution: Role;
  readonly infrastructure: Role;
}

function rolesOf(scope: Construct, images: string[]): Roles {
  const tasks = new ServicePrincipal('ecs-tasks.amazonaws.com');
  const pull = new PolicyStatement({ actions: ['s3:GetObject', 's3:GetObjectVersion'], resources: images });
  return {
    task: new Role(scope, 'TaskRole', { roleName: 'shop-task', assumedBy: tasks }),
    execution: new Role(scope, 'ExecutionRole', {
      roleName: 'shop-execution',
      assumedBy: tasks,
      inlinePolicies: { Pull: new PolicyDocument({ statements: [pull] }) },
    }),
    infrastructure: new Role(scope, 'InfrastructureRole', { roleName: 'shop-ecs', assumedBy: new ServicePrincipal('ecs.amazonaws.com') }),
  };
}

function definitionOf(scope: Construct, family: string, zip: Buffer, asset: Asset, { task, execution }: Roles): CfnTaskDefinition {
  return new CfnTaskDefinition(scope, `${family}-definition`, {
    family,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    taskRoleArn: task.roleArn,
    executionRoleArn: execution.roleArn,
    containerDefinitions: [
      {
        name: 'web',
        image: `${repository}@sha256:${createHash('sha256').update(zip).digest('hex')}`,
        command: ['node', 'server.mjs'],
        portMappings: [{ containerPort: 8080 }],
        environment: [{ name: 'SERVICE', value: family }],
        dockerLabels: { 'sluice.artifact': asset.s3ObjectUrl },
      },
    ],
  });
}

interface Parts {
  readonly shop: CfnCluster;
  readonly definition: CfnTaskDefinition;
  readonly tasks: number;
  readonly infrastructure: Role;
}

function serviceOf(scope: Construct, name: string, { shop, definition, tasks, infrastructure }: Parts): void {
  const balancer = new CfnLoadBalancer(scope, `${name}-balancer`, {
    name,
    type: 'application',
    scheme: 'internal',
    subnets: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  });
  const group = (colour: string) =>
    new CfnTargetGroup(scope, `${name}-${colour}`, {
      name: `${name}-${colour}`,
      port: 8080,
      protocol: 'HTTP',
      targetType: 'ip',
      vpcId: 'vpc-0123456789abcdef0',
      healthCheckPath: '/health',
      healthCheckIntervalSeconds: 5,
      healthyThresholdCount: 2,
      unhealthyThresholdCount: 2,
      targetGroupAttributes: [{ key: 'deregistration_delay.timeout_seconds', value: '5' }],
    });
  const [blue, green] = [group('blue'), group('green')];
  const listener = (to: CfnTargetGroup, port: number, id: string) =>
    new CfnListener(scope, `${name}-${id}`, {
      loadBalancerArn: balancer.ref,
      port,
      protocol: 'HTTP',
      defaultActions: [{ type: 'forward', targetGroupArn: to.ref }],
    });
  const users = listener(blue, 80, 'users');
  const probes = [listener(blue, 8081, 'probe-blue'), listener(green, 8082, 'probe-green')];
  const service = new CfnService(scope, `${name}-service`, {
    serviceName: name,
    cluster: shop.ref,
    taskDefinition: definition.ref,
    desiredCount: tasks,
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'] } },
    deploymentConfiguration: { strategy: 'ROLLING', deploymentCircuitBreaker: { enable: true, rollback: true } },
    loadBalancers: [
      {
        containerName: 'web',
        containerPort: 8080,
        targetGroupArn: blue.ref,
        advancedConfiguration: { alternateTargetGroupArn: green.ref, productionListenerRule: users.ref, roleArn: infrastructure.roleArn },
      },
    ],
  });
  for (const made of [users, ...probes]) service.node.addDependency(made);
  const outputs = { Users: users, ProbeBlue: probes[0], ProbeGreen: probes[1], Blue: blue, Green: green };
  for (const [id, made] of Object.entries(outputs))
    new CfnOutput(scope, `${name.replace('-', '')}${id}`, { value: (made as CfnListener).ref });
}
