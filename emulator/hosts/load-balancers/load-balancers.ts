import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { physicalName } from '../../stack/physical-name.ts';
import { propertiesOf } from '../../stack/properties.ts';
import { ApiError, type Host, type HostContext, type HostedResource, type TemplateResource } from '../host.ts';
import type { Metrics } from '../lambda/types.ts';
import { Listener, Rule, type Weights } from './listener.ts';
import { TargetGroup } from './target-group.ts';

/** The host of application load balancers. Other hosts get its target groups and let them route. */
export interface LoadBalancersHost extends Host {
  targetGroup(arn: string): TargetGroup;
  /** Changes where a listener (its default action) or one of its rules sends requests. */
  route(ruleOrListenerArn: string, weights: Weights): void;
  /** `http://127.0.0.1:port` of a listener. */
  url(listenerArn: string): string;
}

const whole = z.coerce.number().int();
const attribute = z.strictObject({ Key: z.string(), Value: z.string() });
const targetGroupProperties = z.strictObject({
  Name: z.string().optional(),
  Port: whole,
  Protocol: z.literal('HTTP'),
  TargetType: z.literal('ip'),
  VpcId: z.string(),
  HealthCheckPath: z.string().default('/'),
  HealthCheckIntervalSeconds: whole.min(5).max(300).default(30),
  HealthyThresholdCount: whole.min(2).max(10).default(5),
  UnhealthyThresholdCount: whole.min(2).max(10).default(2),
  Matcher: z.strictObject({ HttpCode: z.string().regex(/^\d{3}(,\d{3})*$/) }).default({ HttpCode: '200' }),
  TargetGroupAttributes: z.array(attribute).default([]),
});
const tuple = z.strictObject({ TargetGroupArn: z.string(), Weight: whole.default(1) });
const action = z.strictObject({
  Type: z.literal('forward'),
  TargetGroupArn: z.string().optional(),
  ForwardConfig: z.strictObject({ TargetGroups: z.array(tuple) }).optional(),
});
const balancerProperties = z.looseObject({ Name: z.string().optional(), Type: z.literal('application').optional() });
const listenerProperties = z.strictObject({
  LoadBalancerArn: z.string(),
  Port: whole,
  Protocol: z.literal('HTTP'),
  DefaultActions: z.array(action).length(1),
});
const pathPattern = z.strictObject({
  Field: z.literal('path-pattern'),
  PathPatternConfig: z.strictObject({ Values: z.tuple([z.literal('/*')]) }),
});
const ruleProperties = z.strictObject({
  ListenerArn: z.string(),
  Priority: whole,
  Actions: z.array(action).length(1),
  Conditions: z.tuple([pathPattern]),
});

/** Hosts application load balancers, each on a port that stays the same after a restart. A listener has one rule. */
export function hostLoadBalancers(ctx: HostContext, metrics: Metrics): LoadBalancersHost {
  const groups = new Map<string, TargetGroup>();
  const listeners = new Map<string, { listener: Listener; url: string }>();
  const rules = new Map<string, Rule>();
  const arnOf = (kind: string, name: string) => `arn:aws:elasticloadbalancing:${ctx.region}:${ctx.account}:${kind}/${name}`;

  async function createTargetGroup({ logicalId, properties }: TemplateResource): Promise<HostedResource> {
    const given = propertiesOf(targetGroupProperties, properties);
    const arn = arnOf('targetgroup', `${given.Name ?? physicalName(logicalId, 32)}/local`);
    const check = {
      path: given.HealthCheckPath,
      intervalSeconds: given.HealthCheckIntervalSeconds,
      healthyThreshold: given.HealthyThresholdCount,
      unhealthyThreshold: given.UnhealthyThresholdCount,
      codes: given.Matcher.HttpCode.split(',').map(Number),
    };
    const delay = given.TargetGroupAttributes.find(({ Key }) => Key === 'deregistration_delay.timeout_seconds')?.Value ?? '300';
    groups.set(arn, new TargetGroup(arn, ctx.clock, check, Number(delay)));
    return { ref: arn, attributes: { TargetGroupArn: arn, TargetGroupFullName: arn.split(':').at(-1) as string } };
  }

  async function createBalancer({ logicalId, properties }: TemplateResource): Promise<HostedResource> {
    const name = propertiesOf(balancerProperties, properties).Name ?? physicalName(logicalId, 32);
    const arn = arnOf('loadbalancer', `app/${name}/local`);
    return { ref: arn, attributes: { LoadBalancerArn: arn, LoadBalancerFullName: `app/${name}/local`, DNSName: '127.0.0.1' } };
  }

  async function createListener({ logicalId, properties }: TemplateResource): Promise<HostedResource> {
    const { LoadBalancerArn, DefaultActions } = propertiesOf(listenerProperties, properties);
    const arn = `${LoadBalancerArn.replace(':loadbalancer/', ':listener/')}/${physicalName(logicalId, 64)}`;
    const listener = new Listener(arn, new Rule(arn, weightsOf(DefaultActions[0])), ctx.clock, metrics);
    const portFile = join(ctx.dataDir, `${logicalId}.port`);
    const port = await listener.listen(existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0);
    writeFileSync(portFile, String(port));
    rules.set(arn, listener.standard);
    listeners.set(arn, { listener, url: `http://127.0.0.1:${port}` });
    return { ref: arn, attributes: { ListenerArn: arn } };
  }

  async function createRule({ logicalId, properties }: TemplateResource): Promise<HostedResource> {
    const { ListenerArn, Actions } = propertiesOf(ruleProperties, properties);
    const listener = listeners.get(ListenerArn)?.listener;
    if (!listener) throw new Error(`there is no listener ${ListenerArn}`);
    if (listener.rules.length > 0) throw new Error('a listener has one rule here');
    const arn = `${ListenerArn.replace(':listener/', ':listener-rule/')}/${physicalName(logicalId, 64)}`;
    const rule = new Rule(arn, weightsOf(Actions[0]));
    listener.rules.push(rule);
    rules.set(arn, rule);
    return { ref: arn, attributes: { RuleArn: arn } };
  }

  function weightsOf(given: z.infer<typeof action> | undefined): Weights {
    const tuples = given?.ForwardConfig?.TargetGroups ?? [{ TargetGroupArn: given?.TargetGroupArn ?? '', Weight: 1 }];
    return new Map(tuples.map(({ TargetGroupArn, Weight }) => [targetGroup(TargetGroupArn), Weight]));
  }

  function targetGroup(arn: string): TargetGroup {
    const group = groups.get(arn);
    if (!group) throw new Error(`there is no target group ${arn}`);
    return group;
  }

  return {
    signingNames: ['elasticloadbalancing'],
    handle: async ({ operation }) => {
      throw new ApiError('InvalidAction', `The management API of load balancers is not hosted (${operation}); the template is`);
    },
    resources: {
      'AWS::ElasticLoadBalancingV2::TargetGroup': createTargetGroup,
      'AWS::ElasticLoadBalancingV2::LoadBalancer': createBalancer,
      'AWS::ElasticLoadBalancingV2::Listener': createListener,
      'AWS::ElasticLoadBalancingV2::ListenerRule': createRule,
    },
    targetGroup,
    route(arn, weights) {
      const rule = rules.get(arn);
      if (!rule) throw new Error(`there is no listener or rule ${arn}`);
      rule.route(weights);
    },
    url: (arn) => listeners.get(arn)?.url ?? '',
    start: async () => undefined,
    async stop() {
      for (const group of groups.values()) group.close();
      await Promise.all([...listeners.values()].map(({ listener }) => listener.close()));
    },
  };
}
