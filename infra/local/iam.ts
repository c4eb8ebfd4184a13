import type { Host, HostContext, HostedResource, TemplateResource } from './host.ts';

type OneOrMore = string | string[];

/** One statement of a policy document, as the template writes it. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: OneOrMore;
  readonly NotAction?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly NotResource?: OneOrMore;
  readonly Principal?: '*' | Record<string, OneOrMore>;
  readonly NotPrincipal?: '*' | Record<string, OneOrMore>;
  readonly Condition?: Record<string, Record<string, OneOrMore>>;
}

/** Every statement of the template, by whom it binds. */
export interface Policies {
  /** By role ARN: what the role may do. */
  readonly identity: Map<string, Statement[]>;
  /** By role ARN: names of AWS's own managed policies, whose statements are not in the template. */
  readonly managed: Map<string, string[]>;
  /** By role ARN: who may assume it. */
  readonly trust: Map<string, Statement[]>;
  /** By resource ARN: whom the resource itself lets in or keeps out. */
  readonly resource: Map<string, Statement[]>;
}

export interface IamHost extends Host {
  readonly policies: Policies;
  /** Keeps the policy that a resource of another host carries in itself. */
  observe(resource: TemplateResource, hosted: HostedResource): void;
}

/** Hosts roles and policies as data: nothing is enforced here, every statement can be asked for. */
export function hostIam({ account, region, credentialsFor }: HostContext): IamHost {
  const policies: Policies = { identity: new Map(), managed: new Map(), trust: new Map(), resource: new Map() };
  const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`;
  const own = new Map<string, Statement[]>();

  const role = async ({ logicalId, properties }: TemplateResource): Promise<HostedResource> => {
    const name = properties.RoleName ?? logicalId.slice(0, 64);
    const arn = roleArn(name);
    credentialsFor(arn);
    keep(policies.trust, arn, statementsOf(properties.AssumeRolePolicyDocument));
    for (const inline of properties.Policies ?? []) keep(policies.identity, arn, statementsOf(inline.PolicyDocument));
    for (const managed of properties.ManagedPolicyArns ?? []) {
      if (own.has(managed)) keep(policies.identity, arn, own.get(managed) ?? []);
      else keep(policies.managed, arn, [managed]);
    }
    return { ref: name, attributes: { Arn: arn, RoleId: `AROA${logicalId.toUpperCase().slice(0, 16)}` } };
  };
  const policy = async ({ logicalId, properties }: TemplateResource): Promise<HostedResource> => {
    const statements = statementsOf(properties.PolicyDocument);
    const arn = `arn:aws:iam::${account}:policy/${properties.ManagedPolicyName ?? logicalId}`;
    own.set(arn, statements);
    for (const name of properties.Roles ?? []) keep(policies.identity, roleArn(name), statements);
    return { ref: arn, attributes: { Id: logicalId, PolicyArn: arn } };
  };
  const resourcePolicy = (arnsOf: (properties: TemplateResource['properties']) => string[]) => async (resource: TemplateResource) => {
    for (const arn of arnsOf(resource.properties)) keep(policies.resource, arn, statementsOf(resource.properties.PolicyDocument));
    return { ref: resource.logicalId, attributes: {} };
  };

  return {
    signingNames: [],
    handle: () => Promise.reject(new Error('IAM is hosted as data only')),
    resources: {
      'AWS::IAM::Role': role,
      'AWS::IAM::Policy': policy,
      'AWS::IAM::ManagedPolicy': policy,
      'AWS::S3::BucketPolicy': resourcePolicy(({ Bucket }) => [`arn:aws:s3:::${Bucket}`]),
      'AWS::SQS::QueuePolicy': resourcePolicy(({ Queues }) =>
        Queues.map((url: string) => `arn:aws:sqs:${region}:${account}:${url.split('/').at(-1)}`),
      ),
    },
    policies,
    observe: (resource, hosted) => {
      for (const [arn, statements] of carried(resource, hosted, { account, region })) keep(policies.resource, arn, statements);
    },
    start: async () => undefined,
    stop: async () => undefined,
  };
}

function carried(
  { type, properties = {} }: TemplateResource,
  hosted: HostedResource,
  where: { account: string; region: string },
): [string, Statement[]][] {
  const arn = hosted.attributes.Arn ?? hosted.ref;
  switch (type) {
    case 'AWS::KMS::Key':
      return [[arn, statementsOf(properties.KeyPolicy)]];
    case 'AWS::DynamoDB::Table':
      return [[arn, statementsOf(properties.ResourcePolicy?.PolicyDocument)]];
    case 'AWS::DynamoDB::GlobalTable':
      return (properties.Replicas ?? []).map((replica: TemplateResource['properties']) => [
        arn,
        statementsOf(replica.ResourcePolicy?.PolicyDocument),
      ]);
    case 'AWS::Events::EventBusPolicy':
      return [
        [
          `arn:aws:events:${where.region}:${where.account}:event-bus/${properties.EventBusName ?? 'default'}`,
          statementsOf({ Statement: properties.Statement }),
        ],
      ];
    case 'AWS::Lambda::Permission':
      return [permission(properties, where)];
    default:
      return [];
  }
}

// biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties have no static type
function permission(properties: any, { account, region }: { account: string; region: string }): [string, Statement[]] {
  const { Action, FunctionName, Principal, SourceArn, SourceAccount } = properties;
  const arn = FunctionName.startsWith('arn:') ? FunctionName : `arn:aws:lambda:${region}:${account}:function:${FunctionName}`;
  const conditions = {
    ...(SourceArn && { ArnLike: { 'aws:SourceArn': SourceArn } }),
    ...(SourceAccount && { StringEquals: { 'aws:SourceAccount': SourceAccount } }),
  };
  const principal: Record<string, string> = { [/^\d|^arn:/.test(Principal) ? 'AWS' : 'Service']: Principal };
  return [
    arn,
    [
      {
        Effect: 'Allow',
        Action,
        Resource: arn,
        Principal: principal,
        ...(Object.keys(conditions).length > 0 && { Condition: conditions }),
      },
    ],
  ];
}

const statementsOf = (document: { Statement?: Statement | Statement[] } | undefined): Statement[] => [document?.Statement ?? []].flat();

function keep<T>(map: Map<string, T[]>, arn: string, items: T[]): void {
  if (items.length > 0) map.set(arn, [...(map.get(arn) ?? []), ...items]);
}
