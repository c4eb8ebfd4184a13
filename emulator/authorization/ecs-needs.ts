import { jsonBody } from '../endpoint/json-protocol.ts';
import { type Need, type Needs, need, type Where } from './need.ts';

const arn = ({ region, account }: Where, resource: string) =>
  resource.startsWith('arn:') ? resource : `arn:aws:ecs:${region}:${account}:${resource}`;

const serviceArn = (where: Where, cluster: unknown, service: unknown) =>
  String(service).startsWith('arn:')
    ? String(service)
    : arn(
        where,
        `service/${String(cluster ?? 'default')
          .split('/')
          .at(-1)}/${service}`,
      );

const onService =
  (action: string): Needs =>
  (call, where) => {
    const { cluster, service, services } = jsonBody(call);
    return [services ?? service].flat().map((one) => need(`ecs:${action}`, serviceArn(where, cluster, one)));
  };

/** A deployment or revision is judged by its own ARN and by that of its service. */
const withService = (action: string, ofService: string): Need[] => {
  const service = ofService.replace(/:service-(?:deployment|revision)\//, ':service/').replace(/\/[^/]+$/, '');
  return [need(`ecs:${action}`, service), need(`ecs:${action}`, ofService)];
};

const onEach =
  (action: string, field: 'serviceDeploymentArn' | 'serviceDeploymentArns' | 'serviceRevisionArns'): Needs =>
  (call) =>
    [jsonBody(call)[field]].flat().flatMap((one) => withService(action, String(one)));

/** A task definition hands its roles to ECS's tasks. */
const register: Needs = (call, where) => {
  const { family, taskRoleArn, executionRoleArn } = jsonBody(call);
  const passed = [taskRoleArn, executionRoleArn].filter((role) => role !== undefined);
  return [
    need('ecs:RegisterTaskDefinition', arn(where, `task-definition/${family}:*`)),
    ...passed.map((role) => need('iam:PassRole', role, { 'iam:passedtoservice': 'ecs-tasks.amazonaws.com' })),
  ];
};

/** The rights that each API of ECS needs (Service Authorization Reference). */
export const ecsNeeds: Readonly<Record<string, Needs>> = {
  RegisterTaskDefinition: register,
  DescribeTaskDefinition: () => [need('ecs:DescribeTaskDefinition', '*')],
  DescribeServices: onService('DescribeServices'),
  UpdateService: onService('UpdateService'),
  ListServiceDeployments: onService('ListServiceDeployments'),
  DescribeServiceDeployments: onEach('DescribeServiceDeployments', 'serviceDeploymentArns'),
  DescribeServiceRevisions: onEach('DescribeServiceRevisions', 'serviceRevisionArns'),
  ContinueServiceDeployment: onEach('ContinueServiceDeployment', 'serviceDeploymentArn'),
  StopServiceDeployment: onEach('StopServiceDeployment', 'serviceDeploymentArn'),
};
