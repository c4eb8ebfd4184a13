import type { Observed } from '../../authorization/creation.ts';
import { physicalName } from '../../stack/physical-name.ts';
import type { Host, HostContext, HostedResource, TemplateResource } from '../host.ts';
import { carriedPolicies } from './carried.ts';
import { keep, Policies, type Statement, statementsOf } from './statements.ts';

export interface IamHost extends Host {
  readonly policies: Policies;
  readonly observed: readonly Observed[];
  /** Keeps a resource of another host, and the policy that it carries in itself. */
  observe(resource: TemplateResource, hosted: HostedResource): void;
}

/** Hosts roles and policies as data, which the authorization of calls asks. */
export function hostIam(context: HostContext): IamHost {
  const policies = new Policies();
  const observed: Observed[] = [];
  const { role, policy } = identities(context, policies);
  return {
    signingNames: [],
    handle: () => Promise.reject(new Error('IAM is hosted as data only')),
    resources: {
      'AWS::IAM::Role': role,
      'AWS::IAM::Policy': policy,
      'AWS::IAM::ManagedPolicy': policy,
      'AWS::S3::BucketPolicy': guarding(policies, ({ Bucket }) => [`arn:aws:s3:::${Bucket}`]),
      'AWS::SQS::QueuePolicy': guarding(policies, ({ Queues }) => Queues.map((url: string) => queueArn(url, context))),
    },
    policies,
    observed,
    observe(resource, hosted) {
      observed.push({ resource, hosted });
      for (const [arn, statements] of carriedPolicies(resource, hosted, context)) keep(policies.resource, arn, statements);
    },
    start: async () => undefined,
    stop: async () => undefined,
  };
}

const queueArn = (url: string, { account, region }: HostContext) => `arn:aws:sqs:${region}:${account}:${url.split('/').at(-1)}`;

type Creator = (resource: TemplateResource) => Promise<HostedResource>;

function identities({ account, credentialsFor }: HostContext, policies: Policies): { role: Creator; policy: Creator } {
  const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`;
  const own = new Map<string, Statement[]>();
  return {
    async role({ logicalId, properties }) {
      const name = properties.RoleName ?? physicalName(logicalId, 64);
      const arn = roleArn(name);
      // Known from the start, so that the holder of a key of the last run keeps its identity.
      credentialsFor(arn);
      keep(policies.trust, arn, statementsOf(properties.AssumeRolePolicyDocument));
      for (const { PolicyDocument } of properties.Policies ?? []) keep(policies.identity, arn, statementsOf(PolicyDocument));
      for (const managed of properties.ManagedPolicyArns ?? []) {
        if (own.has(managed)) keep(policies.identity, arn, own.get(managed) ?? []);
        else keep(policies.managed, arn, [managed]);
      }
      return { ref: name, attributes: { Arn: arn, RoleId: `AROA${logicalId.toUpperCase().slice(0, 16)}` } };
    },
    async policy({ logicalId, properties }) {
      const statements = statementsOf(properties.PolicyDocument);
      const arn = `arn:aws:iam::${account}:policy/${properties.ManagedPolicyName ?? logicalId}`;
      own.set(arn, statements);
      for (const name of properties.Roles ?? []) keep(policies.identity, roleArn(name), statements);
      return { ref: arn, attributes: { Id: logicalId, PolicyArn: arn } };
    },
  };
}

/** Makes the creator of policies that are resources of their own and guard others. */
function guarding(policies: Policies, arnsOf: (properties: TemplateResource['properties']) => string[]): Creator {
  return async ({ logicalId, properties }) => {
    for (const arn of arnsOf(properties)) keep(policies.resource, arn, statementsOf(properties.PolicyDocument));
    return { ref: logicalId, attributes: {} };
  };
}
