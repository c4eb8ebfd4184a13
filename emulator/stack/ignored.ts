import type { HostContext, HostedResource, TemplateResource } from '../hosts/host.ts';

/** The resource types that are skipped, each with the reason. */
export const IGNORED: Record<string, string> = {
  'AWS::CDK::Metadata': 'reports to AWS which constructs are used',
  'AWS::CloudWatch::Alarm': 'pages people, and a local run pages none',
  'AWS::CloudWatch::CompositeAlarm': 'pages people, and a local run pages none',
  'AWS::CloudWatch::Dashboard': 'is drawn by the CloudWatch console',
  'AWS::SNS::Topic': 'carries alarms; a call of Publish is refused',
  'AWS::SNS::TopicPolicy': 'guards topics, which carry nothing here',
  'AWS::SNS::Subscription': 'carries alarms to people',
  'AWS::Logs::LogGroup': 'logs go to the terminal',
  'AWS::Logs::LogStream': 'logs go to the terminal',
  'AWS::Logs::MetricFilter': 'reads log groups, which are not kept',
  'AWS::Logs::ResourcePolicy': 'guards log groups, which are not kept',
  'AWS::Logs::QueryDefinition': 'is run by the CloudWatch console',
  'AWS::Events::Archive': 'keeps events for a replay, which a person starts',
  'AWS::SSM::Parameter': 'is read by deployments; a call of GetParameter is refused',
  'AWS::ResourceGroups::Group': 'is drawn by the AWS console',
  'AWS::XRay::Group': 'is drawn by the X-Ray console',
};

const ARN_OF: Record<string, (name: string) => string> = {
  'AWS::CloudWatch::Alarm': (name) => `cloudwatch:*:alarm:${name}`,
  'AWS::CloudWatch::CompositeAlarm': (name) => `cloudwatch:*:alarm:${name}`,
  'AWS::Logs::LogGroup': (name) => `logs:*:log-group:${name}:*`,
  'AWS::Events::Archive': (name) => `events:*:archive/${name}`,
  'AWS::SSM::Parameter': (name) => `ssm:*:parameter/${name}`,
};

const NAME_PROPERTIES = ['AlarmName', 'DashboardName', 'LogGroupName', 'LogStreamName', 'ArchiveName', 'Name'];

/** Gives a skipped resource the name and ARN that others of the template refer to. */
export function ignoredResource({ logicalId, type, properties }: TemplateResource, { region, account }: HostContext): HostedResource {
  const given = NAME_PROPERTIES.map((name) => properties?.[name]).find((name) => typeof name === 'string');
  const ref = given ?? logicalId;
  if (type === 'AWS::SNS::Topic') return topic(properties?.TopicName ?? logicalId, region, account);
  const arn = ARN_OF[type]?.(ref).replace('*', `${region}:${account}`);
  return { ref, attributes: arn ? { Arn: `arn:aws:${arn}` } : {} };
}

function topic(TopicName: string, region: string, account: string): HostedResource {
  const TopicArn = `arn:aws:sns:${region}:${account}:${TopicName}`;
  return { ref: TopicArn, attributes: { TopicArn, TopicName } };
}
