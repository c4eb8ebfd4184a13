import { type Stack, Validations } from 'aws-cdk-lib';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Buckets } from './buckets.ts';
import type { EcsService } from './ecs-services.ts';

export interface Acknowledged {
  readonly buckets: Buckets;
  readonly targets: readonly string[];
  readonly services: readonly EcsService[];
}

const account = '<AWS::Region>:<AWS::AccountId>';

/** Acknowledges each finding of cdk-nag by its id, with the reason why it stays. */
export function acknowledgeFindings(stack: Stack, acknowledged: Acknowledged): void {
  for (const [id, reason] of Object.entries(reasonsOf(stack, acknowledged))) Validations.of(stack).acknowledge({ id, reason });
}

/** Lists why each finding stays, by its id. */
export function reasonsOf(stack: Stack, acknowledged: Acknowledged): Record<string, string> {
  const reasons = { ...ofRules, ...ofWildcards(stack, acknowledged) };
  return Object.fromEntries(Object.entries(reasons).map(([id, reason]) => [`AwsSolutions-${id}`, reason]));
}

const ofRules: Readonly<Record<string, string>> = {
  S1: 'One role writes each object, and every version is kept. CloudTrail data events are the account owner\u2019s choice. Access logs would need a fourth bucket, which would have the same finding.',
  APIG4: 'Approvers have no account: the signed link is the credential. Web checks it with KMS and the record; policy can demand sign-in.',
  CB4: 'Builds store nothing in CodeBuild: their files go to the encrypted artifacts bucket.',
  'IAM5[Resource::*]':
    'states:SendTaskSuccess, cloudwatch:GetMetricData, ecs:DescribeTaskDefinition, X-Ray and log delivery know no resources in IAM (Service Authorization Reference).',
};

function ofWildcards(stack: Stack, { buckets, targets, services }: Acknowledged): Record<string, string> {
  const reasons: Record<string, string> = {};
  const add = (resource: string, reason: string) => {
    reasons[`IAM5[Resource::${resource}]`] = reason;
  };
  for (const name of targets)
    add(
      `arn:<AWS::Partition>:lambda:${account}:function:${name}:*`,
      'Versions and the alias of one named function: versions are numbered by Lambda.',
    );
  for (const { cluster, service, family } of services) {
    const of = `arn:<AWS::Partition>:ecs:${account}`;
    for (const numbered of ['service-deployment', 'service-revision'])
      add(`${of}:${numbered}/${cluster}/${service}/*`, 'Deployments and revisions of one named service: ECS numbers them.');
    add(`${of}:task-definition/${family}:*`, 'Revisions of one named family: ECS numbers them.');
  }
  for (const names of ['sluice/*', 'sluice/git/*'])
    add(
      `arn:<AWS::Partition>:secretsmanager:${account}:secret:${names}`,
      'Applications name their own secrets, and Secrets Manager adds six random characters to each ARN.',
    );
  for (const name of ['deployment', 'release', 'approval', 'rollback']) {
    add(
      `arn:<AWS::Partition>:states:${account}:execution:${stack.stackName}-${name}:*`,
      'Executions are named after deployments, and their ids are unknown in advance.',
    );
  }
  const made = ['brief.json', 'plan/*', 'artifact.zip', 'commit.bundle', 'commit.json', 'diff.patch'].map(
    (name) => `/deployments/*/${name}`,
  );
  for (const path of [...made, '/deployments/*'])
    add(`<${logicalId(stack, buckets.artifacts)}.Arn>${path}`, 'One folder for each deployment, and its id is unknown in advance.');
  for (const bucket of [buckets.archive, buckets.backup])
    for (const folder of ['autonomous-deployments', 'reports'])
      add(`<${logicalId(stack, bucket)}.Arn>/${folder}/*`, 'One object for each row or report. Versions and Object Lock keep each object.');
  return reasons;
}

const logicalId = (stack: Stack, bucket: Bucket) => stack.getLogicalId(bucket.node.defaultChild as never);
