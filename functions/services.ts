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
import { DynamoDbApprovals } from '#approval/approvals.dynamodb';
import { S3Archive } from '#deployment/archive.s3';
import { DynamoDbDeployments } from '#deployment/deployments.dynamodb';
import { S3Artifacts } from '#fix/artifacts.s3';
import { CodeBuildBuilds } from '#fix/builds.codebuild';
import { DynamoDbQuarantine } from '#intake/quarantine.dynamodb';
import type { ChatChannel } from '#messages/channels';
import { GoogleChatRoom } from '#messages/chat.google-chat';
import { McpMessages } from '#messages/chat.mcp';
import { SlackRoom } from '#messages/chat.slack';
import { DynamoDbDeliveries } from '#messages/deliveries.dynamodb';
import { SesMail } from '#messages/mail.ses';
import type { ChatRoom } from '#messages/messages.port';
import { SqsOutbox } from '#messages/outbox.sqs';
import { ConfiguredMetricSources } from '#metrics/metrics.configured';
import { read } from '#platform/env';
import { StepFunctionsExecutions, StepFunctionsTasks } from '#platform/executions.sfn';
import { accessTo } from '#platform/mcp/access';
import { McpTools } from '#platform/mcp/tools';
import { RecordTable } from '#platform/record-table.dynamodb';
import { SecretsManagerSecrets } from '#platform/secrets.manager';
import type { Application, McpChannel, McpTargetConfiguration } from '#policy/application';
import { DynamoDbApplications } from '#policy/applications.dynamodb';
import type { EnvironmentName } from '#policy/policy';
import { DynamoDbLocks } from '#release/locks.dynamodb';
import { DynamoDbHistory } from '#report/history.dynamodb';
import { EcsTarget } from '#target/target.ecs';
import { LambdaTarget } from '#target/target.lambda-alias';
import { McpTarget } from '#target/target.mcp';
import type { Target } from '#target/target.port';
import { pauseMinutesFor } from '#watch/feasible';
import { OidcIdentities } from '#web/identities.oidc';
import { KmsLinkSigner } from '#web/links.kms';

/** Makes a service at its first use and keeps it for the life of the process. */
function once<Service>(make: () => Service): () => Service {
  let made: Service | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export const now = () => new Date();

/** Waits with full jitter after a lost race: at most 20 ms, doubled each time, never over one second. */
const jitteredPause = (attempt: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, Math.random() * Math.min(1000, 20 * 2 ** attempt)));

const document = /* @__PURE__ */ once(() =>
  DynamoDBDocumentClient.from(new DynamoDBClient(), { marshallOptions: { removeUndefinedValues: true } }),
);

export const deployments = /* @__PURE__ */ once(
  () => new DynamoDbDeployments(document(), { deployments: read('DEPLOYMENTS_TABLE'), audit: read('AUDIT_TABLE') }, now, jitteredPause),
);
export const locks = /* @__PURE__ */ once(() => new DynamoDbLocks(document(), read('DEPLOYMENTS_TABLE'), now, jitteredPause));
const records = /* @__PURE__ */ once(() => new RecordTable(document(), read('DEPLOYMENTS_TABLE')));
export const applications = /* @__PURE__ */ once(() => new DynamoDbApplications(records()));
export const approvals = /* @__PURE__ */ once(() => new DynamoDbApprovals(records()));
export const history = /* @__PURE__ */ once(() => new DynamoDbHistory(records()));
export const quarantine = /* @__PURE__ */ once(() => new DynamoDbQuarantine(records()));
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

/** Returns the room behind a channel. A webhook's URL is a secret and is read at each use. */
export async function chatRoomOf(channel: ChatChannel): Promise<ChatRoom> {
  if (channel.kind === 'mcp') return messageServer(channel);
  const webhookUrl = await secrets().readSecret(channel.webhookSecret);
  return channel.kind === 'slack' ? new SlackRoom(webhookUrl) : new GoogleChatRoom(webhookUrl);
}

const lambda = /* @__PURE__ */ once(() => new LambdaClient());
const ecs = /* @__PURE__ */ once(() => new ECSClient());
const cloudwatch = /* @__PURE__ */ once(() => new CloudWatchClient());

export const metricSources = /* @__PURE__ */ once(
  () => new ConfiguredMetricSources({ cloudwatch: cloudwatch(), signer: cloudwatch().config, secrets: secrets(), now }),
);

/** Makes the configured target of one application's environment. */
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

/** The ports of each flow that more than one program calls. A Lambda's bundle contains only those that it uses. */
export const wakePorts = () => ({ approvals: approvals(), waker: waker() });
export const supersedePorts = () => ({ ...wakePorts(), deployments: deployments(), now });
export const lockPorts = () => ({ deployments: deployments(), locks: locks(), now, waker: waker() });
export const stopPorts = () => ({ ...lockPorts(), approvals: approvals() });
export const concludePorts = () => ({ deployments: deployments(), history: history(), now, outbox: outbox() });
export const sweepPorts = () => ({ ...lockPorts(), applications: applications() });
export const recoveryPorts = () => ({ ...concludePorts(), ...stopPorts(), allExecutions: allExecutions() });
export const unlockPorts = () => ({ ...sweepPorts(), deploymentStarter: deploymentStarter(), targetOf });
export const openPorts = () => ({
  applications: applications(),
  deployments: deployments(),
  deploymentStarter: deploymentStarter(),
  now,
});
export const linkPorts = () => ({ linkSigner: linkSigner(), now, publicUrl: read('PUBLIC_URL') });
export const webPorts = () => ({
  ...linkPorts(),
  ...stopPorts(),
  applications: applications(),
  artifacts: artifacts(),
  identities: identities(),
});
export const tellPorts = () => ({
  ...linkPorts(),
  applications: applications(),
  deliveries: deliveries(),
  deployments: deployments(),
  mail: mail(),
  messageServer,
  outbox: outbox(),
  chatRoomOf,
});
