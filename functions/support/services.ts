import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { S3Archive } from '#adapters/archive.s3';
import { S3Artifacts } from '#adapters/artifacts.s3';
import { CodeBuildBuilds } from '#adapters/builds.codebuild';
import { DynamoDbDeliveries } from '#adapters/deliveries.dynamodb';
import { DynamoDbDeployments } from '#adapters/deployments.dynamodb';
import { StepFunctionsExecutions, StepFunctionsTasks } from '#adapters/executions.sfn';
import { OidcIdentities } from '#adapters/identities.oidc';
import { KmsLinkSigner } from '#adapters/links.kms';
import { DynamoDbLocks } from '#adapters/locks.dynamodb';
import { SesMail } from '#adapters/mail.ses';
import { accessTo } from '#adapters/mcp/access';
import { McpTools } from '#adapters/mcp/tools';
import { ConfiguredMetricSources } from '#adapters/metric-sources';
import { SqsOutbox } from '#adapters/outbox.sqs';
import { DynamoDbRecords } from '#adapters/records.dynamodb';
import { McpMessages } from '#adapters/room.mcp';
import { SecretsManagerSecrets } from '#adapters/secrets.manager';
import { EcsTarget } from '#adapters/target.ecs';
import { LambdaTarget } from '#adapters/target.lambda';
import { McpTarget } from '#adapters/target.mcp';
import { pauseMinutesFor } from '#domain/feasible';
import type { EnvironmentName } from '#domain/policy';
import type { Application, McpChannel, McpTargetConfiguration } from '#ports/applications';
import type { Target } from '#ports/target';
import { read } from './env.ts';

/** Makes a service at its first use and keeps it for the life of the process. */
function once<Service>(make: () => Service): () => Service {
  let made: Service | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export const now = () => new Date();

/** Waits with full jitter between two tries of a lost race: at most 20 ms, doubling, never over a second. */
const jitteredPause = (attempt: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, Math.random() * Math.min(1000, 20 * 2 ** attempt)));

const document = /* @__PURE__ */ once(() =>
  DynamoDBDocumentClient.from(new DynamoDBClient(), { marshallOptions: { removeUndefinedValues: true } }),
);

export const deployments = /* @__PURE__ */ once(
  () => new DynamoDbDeployments(document(), { deployments: read('DEPLOYMENTS_TABLE'), audit: read('AUDIT_TABLE') }, now, jitteredPause),
);
export const locks = /* @__PURE__ */ once(() => new DynamoDbLocks(document(), read('DEPLOYMENTS_TABLE'), now, jitteredPause));
export const records = /* @__PURE__ */ once(() => new DynamoDbRecords(document(), read('DEPLOYMENTS_TABLE')));
export const artifacts = /* @__PURE__ */ once(() => new S3Artifacts(new S3Client(), read('ARTIFACTS_BUCKET')));
export const archives = /* @__PURE__ */ once(() => {
  const s3 = new S3Client();
  return [new S3Archive(s3, read('ARCHIVE_BUCKET')), new S3Archive(s3, read('BACKUP_BUCKET'))];
});
export const builds = /* @__PURE__ */ once(() => new CodeBuildBuilds(new CodeBuildClient()));
export const deliveries = /* @__PURE__ */ once(() => new DynamoDbDeliveries(document(), read('DEPLOYMENTS_TABLE'), now));
const sqs = /* @__PURE__ */ once(() => new SQSClient());
export const outbox = /* @__PURE__ */ once(() => new SqsOutbox(sqs(), read('MESSAGES_QUEUE_URL')));
export const mail = /* @__PURE__ */ once(() => new SesMail(new SESv2Client(), read('MAIL_FROM')));
export const secrets = /* @__PURE__ */ once(() => new SecretsManagerSecrets(new SecretsManagerClient()));
export const messageServer = (channel: McpChannel) =>
  new McpMessages(channel, accessTo(channel.authentication, { signer: sqs().config, secrets: secrets(), now }));
export const linkSigner = /* @__PURE__ */ once(() => new KmsLinkSigner(new KMSClient(), read('LINK_KEY_IDS')));

export const identities = /* @__PURE__ */ once(() => new OidcIdentities(now));

export const waker = /* @__PURE__ */ once(() => new StepFunctionsTasks(new SFNClient()));
export const deploymentStarter = /* @__PURE__ */ once(
  () => new StepFunctionsExecutions(new SFNClient(), { deployment: read('DEPLOYMENT_MACHINE_ARN') }),
);
export const allExecutions = /* @__PURE__ */ once(
  () =>
    new StepFunctionsExecutions(new SFNClient(), {
      deployment: read('DEPLOYMENT_MACHINE_ARN'),
      release: read('RELEASE_MACHINE_ARN'),
      approval: read('APPROVAL_MACHINE_ARN'),
      rollback: read('ROLLBACK_MACHINE_ARN'),
    }),
);

const lambda = /* @__PURE__ */ once(() => new LambdaClient());
const ecs = /* @__PURE__ */ once(() => new ECSClient());
const cloudwatch = /* @__PURE__ */ once(() => new CloudWatchClient());

export const metricSources = /* @__PURE__ */ once(
  () => new ConfiguredMetricSources({ cloudwatch: cloudwatch(), signer: cloudwatch().config, secrets: secrets(), now }),
);

/** The target of one application's environment, as its configuration says. */
export function targetOf(application: Application, environment: EnvironmentName): Target {
  const configured = application.targets[environment];
  const bucket = read('ARTIFACTS_BUCKET');
  const policy = application.policy[environment];
  const { intervalSeconds } = policy;
  if (configured.kind === 'ecs') {
    const { pauseMinutes = pauseMinutesFor(policy) } = configured;
    return new EcsTarget(ecs(), cloudwatch(), { ...configured, bucket, intervalSeconds, pauseMinutes });
  }
  if (configured.kind === 'mcp') return mcpTargetOf(application, environment, configured, bucket);
  const { functionName, alias } = configured;
  return new LambdaTarget(lambda(), cloudwatch(), { functionName, alias, bucket, intervalSeconds });
}

function mcpTargetOf(application: Application, environment: EnvironmentName, configured: McpTargetConfiguration, bucket: string): Target {
  const tools = new McpTools(configured.url, accessTo(configured.authentication, { signer: lambda().config, secrets: secrets(), now }));
  const { limits, deployTimeoutSeconds, validationTimeoutSeconds } = application.policy[environment];
  const healthPath = application.checks['service-health'].path;
  return new McpTarget(
    tools,
    { ...configured, environment, bucket, healthPath, limits, deployTimeoutSeconds, validationTimeoutSeconds },
    now,
  );
}
