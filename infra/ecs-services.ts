import { Stack } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import * as z from 'zod';
import { allow } from './allow.ts';

const name = z.string().regex(/^[\w-]{1,255}$/);

/** An ECS service that Sluice may release to, and the roles of its tasks. */
export const ecsServiceSchema = z.strictObject({
  cluster: name,
  service: name,
  family: name,
  /** Names of the task role and the execution role, which a new task definition passes on. */
  roles: z.array(z.string().regex(/^[\w+=,.@/-]{1,64}$/)),
});
export type EcsService = z.infer<typeof ecsServiceSchema>;

/** The scope of the ARNs, and the services on which to grant. */
export interface ServicesOf {
  readonly scope: Construct;
  readonly services: readonly EcsService[];
}

/** Names the parts of a service by ARN. ECS numbers the deployments and revisions, so these ARNs end in `*`. */
export function arnsOf(scope: Construct, { cluster, service, family, roles }: EcsService) {
  const arn = (resource: string, resourceName: string) => Stack.of(scope).formatArn({ service: 'ecs', resource, resourceName });
  return {
    service: arn('service', `${cluster}/${service}`),
    deployments: arn('service-deployment', `${cluster}/${service}/*`),
    revisions: arn('service-revision', `${cluster}/${service}/*`),
    definitions: arn('task-definition', `${family}:*`),
    roles: roles.map((role) => Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'role', resourceName: role })),
  };
}

/** Reading a deployment or revision also needs a right on the service (Service Authorization Reference). */
export function grantRead(grantee: IGrantable, { scope, services }: ServicesOf): void {
  for (const one of services) {
    const { service, deployments, revisions } = arnsOf(scope, one);
    allow(grantee, ['ecs:ListServiceDeployments'], [service]);
    allow(grantee, ['ecs:DescribeServiceDeployments'], [service, deployments]);
    allow(grantee, ['ecs:DescribeServiceRevisions'], [service, revisions]);
  }
}

/** Allows one task family with the roles of its service. IAM accepts only `*` for DescribeTaskDefinition. */
export function grantRegister(grantee: IGrantable, { scope, services }: ServicesOf): void {
  if (services.length > 0) allow(grantee, ['ecs:DescribeTaskDefinition'], ['*']);
  for (const one of services) {
    const { definitions, roles } = arnsOf(scope, one);
    allow(grantee, ['ecs:RegisterTaskDefinition'], [definitions]);
    if (roles.length > 0) allow(grantee, ['iam:PassRole'], roles, { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } });
  }
}

export function grantDeploy(grantee: IGrantable, { scope, services }: ServicesOf): void {
  for (const one of services) {
    const { service, deployments } = arnsOf(scope, one);
    allow(grantee, ['ecs:DescribeServices', 'ecs:UpdateService'], [service]);
    allow(grantee, ['ecs:ContinueServiceDeployment', 'ecs:StopServiceDeployment'], [service, deployments]);
  }
}
