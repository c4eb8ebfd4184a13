import type { HostedResource, TemplateResource } from '../hosts/host.ts';
import { type Need, need, type Where } from './need.ts';

/** A resource of the template with its Ref and attributes. */
export interface Observed {
  readonly resource: TemplateResource;
  readonly hosted: HostedResource;
}

/** A call that a service makes with the role that it gets, and its words if it may not. */
interface CreationNeed {
  readonly logicalId: string;
  readonly type: string;
  readonly caller: string;
  readonly need: Need;
  readonly refused: string;
}

type Properties = TemplateResource['properties'];
type Own = Omit<CreationNeed, 'logicalId' | 'type'>;
type Lister = (properties: Properties, roles: ReadonlyMap<string, string>, where: Where) => Own[];

/** Lists the needs of the services themselves. AWS checks them when the resource is created. */
export function creationNeeds(observed: readonly Observed[], where: Where): CreationNeed[] {
  const roles = rolesOf(observed);
  return observed.flatMap(({ resource: { logicalId, type, properties = {} } }) =>
    (LISTERS[type]?.(properties, roles, where) ?? []).map((own) => ({ logicalId, type, ...own })),
  );
}

/** Roles of functions by every name that a mapping may use. */
function rolesOf(observed: readonly Observed[]): Map<string, string> {
  const functions = observed.filter(({ resource }) => resource.type === 'AWS::Lambda::Function');
  return new Map(
    functions.flatMap(({ resource, hosted }) => [hosted.ref, hosted.attributes.Arn ?? ''].map((name) => [name, resource.properties.Role])),
  );
}

const LISTERS: Readonly<Record<string, Lister>> = {
  'AWS::StepFunctions::StateMachine': (properties, _, where) => [...managedRules(properties, where), ...logDelivery(properties)],
  'AWS::Lambda::EventSourceMapping': polling,
  'AWS::Lambda::Function': ({ Role, DeadLetterConfig }) => burying(Role, DeadLetterConfig?.TargetArn),
  'AWS::CodeBuild::Project': sourceDownload,
};

const all = (caller: string, service: string, actions: readonly string[], resource: string, refused: string): Own[] =>
  actions.map((action) => ({ caller, need: need(`${service}:${action}`, resource), refused }));

const MANAGED_RULES: Readonly<Record<string, string>> = {
  'states:startExecution': 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
  'codebuild:startBuild': 'StepFunctionsGetEventForCodeBuildStartBuildRule',
};

/** Step Functions makes a rule with the machine's role, which reports the end to a `.sync` task. */
function managedRules({ RoleArn, DefinitionString = '' }: Properties, { region, account }: Where): Own[] {
  const found = String(DefinitionString).matchAll(/arn:aws:states:::([\w-]+:\w+)\.sync/g);
  const rules = new Set([...found].flatMap(([, integration]) => MANAGED_RULES[integration as string] ?? []));
  const refused = `'${RoleArn}' is not authorized to create managed-rule.`;
  return [...rules].flatMap((rule) =>
    all(RoleArn, 'events', ['PutRule', 'PutTargets', 'DescribeRule'], `arn:aws:events:${region}:${account}:rule/${rule}`, refused),
  );
}

const DELIVERY = ['CreateLogDelivery', 'GetLogDelivery', 'UpdateLogDelivery', 'DeleteLogDelivery', 'ListLogDeliveries'];
const LOG_POLICIES = ['PutResourcePolicy', 'DescribeResourcePolicies', 'DescribeLogGroups'];

function logDelivery({ RoleArn, LoggingConfiguration: { Level = 'OFF', Destinations = [] } = {} }: Properties): Own[] {
  if (Level === 'OFF' || Destinations.length === 0) return [];
  const refused = 'The state machine IAM Role is not authorized to access the Log Destination';
  return all(RoleArn, 'logs', [...DELIVERY, ...LOG_POLICIES], '*', refused);
}

function polling({ FunctionName, EventSourceArn, DestinationConfig }: Properties, roles: ReadonlyMap<string, string>): Own[] {
  const role = roles.get(FunctionName);
  if (!role) return [];
  const lost = burying(role, DestinationConfig?.OnFailure?.Destination);
  if (EventSourceArn.split(':')[2] === 'sqs') {
    const refused = 'The provided execution role does not have permissions to call ReceiveMessage on SQS';
    return [...all(role, 'sqs', ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'], EventSourceArn, refused), ...lost];
  }
  const actions = ['GetRecords', 'GetShardIterator', 'DescribeStream', 'ListStreams'];
  const refused = `Cannot access stream ${EventSourceArn}`;
  return [...all(role, 'dynamodb', actions, EventSourceArn, refused), ...lost];
}

function burying(role: string, queueArn: string | undefined): Own[] {
  if (!queueArn?.includes(':sqs:')) return [];
  return all(role, 'sqs', ['SendMessage'], queueArn, 'The provided execution role does not have permissions to call SendMessage on SQS');
}

/** A build's source is fetched with the project's role before its first phase. */
function sourceDownload({ ServiceRole, Source = {} }: Properties): Own[] {
  if (Source.Type !== 'S3') return [];
  const location = String(Source.Location).replace(/^arn:aws:s3:::/, '');
  const bucket = `arn:aws:s3:::${location.split('/')[0]}`;
  const refused = 'DOWNLOAD_SOURCE would fail';
  return [
    ...all(ServiceRole, 's3', ['GetObject', 'GetObjectVersion'], `arn:aws:s3:::${location}`, refused),
    ...all(ServiceRole, 's3', ['GetBucketAcl', 'GetBucketLocation'], bucket, refused),
  ];
}
