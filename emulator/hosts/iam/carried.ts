import type { HostContext, HostedResource, TemplateResource } from '../host.ts';
import { type Statement, statementsOf } from './statements.ts';

type Where = Pick<HostContext, 'account' | 'region'>;
type Carried = readonly [arn: string, statements: Statement[]];
type Properties = TemplateResource['properties'];

/** Lists the resource policies that a resource of another host carries in itself, by the ARN that they guard. */
export function carriedPolicies({ type, properties = {} }: TemplateResource, hosted: HostedResource, where: Where): Carried[] {
  const arn = hosted.attributes.Arn ?? hosted.ref;
  return CARRIERS[type]?.(properties, arn, where) ?? [];
}

const CARRIERS: Record<string, (properties: Properties, arn: string, where: Where) => Carried[]> = {
  'AWS::KMS::Key': ({ KeyPolicy }, arn) => [[arn, statementsOf(KeyPolicy)]],
  'AWS::DynamoDB::Table': ({ ResourcePolicy }, arn) => [[arn, statementsOf(ResourcePolicy?.PolicyDocument)]],
  'AWS::DynamoDB::GlobalTable': ({ Replicas = [] }, arn) =>
    Replicas.map(({ ResourcePolicy }: Properties) => [arn, statementsOf(ResourcePolicy?.PolicyDocument)]),
  'AWS::Events::EventBusPolicy': ({ EventBusName = 'default', Statement }, _, { account, region }) => [
    [`arn:aws:events:${region}:${account}:event-bus/${EventBusName}`, statementsOf({ Statement })],
  ],
  'AWS::Lambda::Permission': (properties, _, where) => [permission(properties, where)],
};

function permission({ Action, FunctionName, Principal, SourceArn, SourceAccount }: Properties, { account, region }: Where): Carried {
  const arn = FunctionName.startsWith('arn:') ? FunctionName : `arn:aws:lambda:${region}:${account}:function:${FunctionName}`;
  const kind = /^\d|^arn:|^\*$/.test(Principal) ? 'AWS' : 'Service';
  const Condition = {
    ...(SourceArn && { ArnLike: { 'aws:SourceArn': SourceArn } }),
    ...(SourceAccount && { StringEquals: { 'aws:SourceAccount': SourceAccount } }),
  };
  return [arn, [{ Effect: 'Allow', Action, Resource: arn, Principal: { [kind]: Principal }, Condition }]];
}
