import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { IProject } from 'aws-cdk-lib/aws-codebuild';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { EmailIdentity } from 'aws-cdk-lib/aws-ses';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { IConstruct } from 'constructs';
import { allow } from './allow.ts';
import type { Buckets } from './buckets.ts';
import { type EcsService, grantDeploy, grantRead, grantRegister } from './ecs-services.ts';
import type { LinkKeys } from './link-keys.ts';
import { executionsOf, type MachineId } from './machine-names.ts';
import type { AuditTable, DeploymentsTable } from './tables.ts';

/** The resources on which capabilities are granted. */
export interface Resources {
  readonly audit: AuditTable;
  readonly deployments: DeploymentsTable;
  readonly buckets: Buckets;
  readonly projects: { readonly makeFix: IProject; readonly testFix: IProject };
  readonly messages: Queue;
  readonly linkKeys: LinkKeys;
  readonly mailIdentity: EmailIdentity;
  readonly machines: Readonly<Record<MachineId, StateMachine>>;
  /** Names of the functions that Sluice may release to. */
  readonly targets: readonly string[];
  /** ECS services that Sluice may release to. */
  readonly services: readonly EcsService[];
  /** Ids of workspaces of Amazon Managed Prometheus. */
  readonly workspaces: readonly string[];
}

type Granting = (grantee: IGrantable, resources: Resources) => void;

const targetArns = ({ targets, audit }: Resources, qualified: boolean) =>
  targets.flatMap((functionName) => {
    const arn = Stack.of(audit).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: functionName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return qualified ? [arn, `${arn}:*`] : [arn];
  });

const secretArn = (scope: IConstruct, resourceName: string) =>
  Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

const servicesOf = ({ audit, services }: Resources) => ({ scope: audit, services });

/** The IAM actions of each capability. No other file names IAM actions for functions. */
export const capabilities = {
  /** Writes event, projection and marker in one transaction, and also locks, tokens, history and lessons. */
  append: (grantee, { audit, deployments }) => {
    audit.grantAppend(grantee);
    deployments.grantRead(grantee);
    deployments.grantWrite(grantee);
  },
  readTrail: (grantee, { audit }) => audit.grantRead(grantee),
  queryRecords: (grantee, { deployments }) => deployments.grantQuery(grantee),
  queryFingerprints: (grantee, { deployments }) => deployments.grantQueryIndex(grantee, 'byFingerprint'),
  queryApplications: (grantee, { deployments }) => deployments.grantQueryIndex(grantee, 'byApplication'),
  queryStatuses: (grantee, { deployments }) => deployments.grantQueryIndex(grantee, 'byStatus'),
  queryDays: (grantee, { deployments }) => deployments.grantQueryIndex(grantee, 'byDay'),
  putBrief: (grantee, { buckets }) => allow(grantee, ['s3:PutObject'], [buckets.artifacts.arnForObjects('deployments/*/brief.json')]),
  // Without ListBucket, S3 returns AccessDenied instead of NoSuchKey for a missing object.
  readArtifacts: (grantee, { buckets }) => {
    allow(grantee, ['s3:GetObject'], [buckets.artifacts.arnForObjects('deployments/*')]);
    allow(grantee, ['s3:ListBucket'], [buckets.artifacts.bucketArn]);
  },
  readArtifactVersions: (grantee, { buckets }) =>
    allow(grantee, ['s3:GetObject', 's3:GetObjectVersion'], [buckets.artifacts.arnForObjects('deployments/*/artifact.zip')]),
  putRows: (grantee, { buckets }) => allow(grantee, ['s3:PutObject'], buckets.archiveArns('autonomous-deployments/*')),
  putReports: (grantee, { buckets }) => allow(grantee, ['s3:PutObject'], buckets.archiveArns('reports/*')),
  readBuilds: (grantee, { projects }) =>
    allow(grantee, ['codebuild:BatchGetBuilds'], [projects.makeFix.projectArn, projects.testFix.projectArn]),
  readTarget: (grantee, resources) => {
    allow(grantee, ['lambda:GetAlias', 'lambda:GetFunctionConfiguration'], targetArns(resources, true));
    grantRead(grantee, servicesOf(resources));
  },
  stageTarget: (grantee, resources) => {
    allow(grantee, ['lambda:GetFunctionConfiguration', 'lambda:UpdateFunctionCode', 'lambda:PublishVersion'], targetArns(resources, false));
    grantRead(grantee, servicesOf(resources));
    grantRegister(grantee, servicesOf(resources));
  },
  routeTarget: (grantee, resources) => {
    allow(grantee, ['lambda:UpdateAlias'], targetArns(resources, true));
    grantDeploy(grantee, servicesOf(resources));
  },
  awaitConcurrency: (grantee, resources) => allow(grantee, ['lambda:GetProvisionedConcurrencyConfig'], targetArns(resources, true)),
  invokeTarget: (grantee, resources) => {
    allow(grantee, ['lambda:InvokeFunction'], targetArns(resources, true));
    grantRead(grantee, servicesOf(resources));
  },
  readMetrics: (grantee) => allow(grantee, ['cloudwatch:GetMetricData'], ['*']),
  queryPrometheus: (grantee, { audit, workspaces }) => {
    const arns = workspaces.map((resourceName) => Stack.of(audit).formatArn({ service: 'aps', resource: 'workspace', resourceName }));
    if (arns.length > 0) allow(grantee, ['aps:QueryMetrics'], arns);
  },
  orderMessages: (grantee, { messages }) => allow(grantee, ['sqs:SendMessage'], [messages.queueArn]),
  postponeMessages: (grantee, { messages }) => allow(grantee, ['sqs:ChangeMessageVisibility'], [messages.queueArn]),
  /** The secrets that applications name: webhooks, and tokens of other services. */
  readSecrets: (grantee, { audit }) => allow(grantee, ['secretsmanager:GetSecretValue'], [secretArn(audit, 'sluice/*')]),
  sendMail: (grantee, { mailIdentity }) => allow(grantee, ['ses:SendEmail'], [mailIdentity.emailIdentityArn]),
  signLinks: (grantee, { linkKeys }) => allow(grantee, ['kms:GenerateMac'], [linkKeys.signing.keyArn]),
  verifyLinks: (grantee, { linkKeys }) => allow(grantee, ['kms:VerifyMac'], linkKeys.arns),
  wakeTasks: (grantee) => allow(grantee, ['states:SendTaskSuccess'], ['*']),
  startDeployment: (grantee, { machines }) => allow(grantee, ['states:StartExecution'], [machines.Deployment.stateMachineArn]),
  takeExecutionsOver: (grantee, { audit, machines }) => {
    const children = ['Release', 'Approval', 'Rollback'] as const;
    allow(grantee, ['states:DescribeExecution'], [executionsOf(audit, 'Deployment')]);
    allow(
      grantee,
      ['states:ListExecutions'],
      children.map((id) => machines[id].stateMachineArn),
    );
    allow(
      grantee,
      ['states:StopExecution'],
      children.map((id) => executionsOf(audit, id)),
    );
    allow(grantee, ['states:StartExecution'], [machines.Rollback.stateMachineArn]);
  },
} as const satisfies Record<string, Granting>;

export type Capability = keyof typeof capabilities;

/** The files that MakeFix stores and TestFix reads. */
const made = ['plan/*', 'artifact.zip', 'commit.bundle', 'commit.json', 'diff.patch'];

const filesIn = (artifacts: IBucket, names: readonly string[]) => names.map((name) => artifacts.arnForObjects(`deployments/*/${name}`));

const statement = (actions: string[], resources: string[]) => new PolicyStatement({ actions, resources });

/** The IAM statements of each build capability. They are statements because a build's role accepts no later grants. */
export const buildCapabilities = {
  readBrief: (artifacts) => statement(['s3:GetObject'], filesIn(artifacts, ['brief.json'])),
  putMadeFix: (artifacts) => statement(['s3:PutObject'], filesIn(artifacts, made)),
  readBriefAndMadeFix: (artifacts) => statement(['s3:GetObject'], filesIn(artifacts, ['brief.json', ...made])),
  /** Repository tokens have their own prefix, so that MakeFix can read no other secret. */
  readRepositoryTokens: (artifacts) => statement(['secretsmanager:GetSecretValue'], [secretArn(artifacts, 'sluice/git/*')]),
} as const satisfies Record<string, (artifacts: IBucket) => PolicyStatement>;

export type BuildCapability = keyof typeof buildCapabilities;
