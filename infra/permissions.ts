import { Duration } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, LoggingFormat, Runtime, RuntimeFamily, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Variable } from '#platform/env';
import type { BuildCapability, Capability } from './capabilities.ts';

interface Row {
  readonly timeoutSeconds: number;
  readonly variables: readonly Variable[];
  readonly may: readonly Capability[];
  /** True if events invoke it. An event that fails three times goes to a dead-letter queue, which pages. */
  readonly asynchronous?: true;
}

const tables = ['DEPLOYMENTS_TABLE', 'AUDIT_TABLE'] as const;

/** The time-out, variables and capabilities of each Lambda. Its entry is `functions/handlers/<kebab-case>.ts`. */
export const rows = {
  Intake: {
    timeoutSeconds: 30,
    variables: [...tables, 'DEPLOYMENT_MACHINE_ARN', 'BUS_QUEUE_ARN', 'PRODUCER_SOURCES'],
    may: ['append', 'queryRecords', 'queryFingerprints', 'startDeployment'],
  },
  DecideIssue: {
    timeoutSeconds: 30,
    variables: [...tables, 'ARTIFACTS_BUCKET'],
    may: ['append', 'queryRecords', 'queryApplications', 'putBrief'],
  },
  CollectFix: { timeoutSeconds: 60, variables: [...tables, 'ARTIFACTS_BUCKET'], may: ['append', 'readArtifacts', 'readBuilds'] },
  AcquireLock: { timeoutSeconds: 30, variables: tables, may: ['append', 'wakeTasks'] },
  CheckReadiness: {
    timeoutSeconds: 60,
    variables: [...tables, 'ARTIFACTS_BUCKET'],
    may: ['append', 'queryApplications', 'readArtifacts', 'readTarget', 'invokeTarget', 'readSecrets'],
  },
  PlanRelease: {
    timeoutSeconds: 30,
    variables: [...tables, 'ARTIFACTS_BUCKET', 'MESSAGES_QUEUE_URL'],
    may: ['append', 'readTarget', 'readMetrics', 'readSecrets', 'orderMessages'],
  },
  StageCandidate: {
    timeoutSeconds: 60,
    variables: [...tables, 'ARTIFACTS_BUCKET'],
    may: ['append', 'stageTarget', 'readArtifactVersions', 'readSecrets'],
  },
  ApplyStep: {
    timeoutSeconds: 30,
    variables: [...tables, 'ARTIFACTS_BUCKET'],
    may: ['append', 'readTarget', 'routeTarget', 'awaitConcurrency', 'readSecrets'],
  },
  JudgeHealth: {
    timeoutSeconds: 55,
    variables: [...tables, 'ARTIFACTS_BUCKET', 'MESSAGES_QUEUE_URL'],
    may: ['append', 'invokeTarget', 'readMetrics', 'orderMessages', 'readSecrets', 'queryPrometheus'],
  },
  /** 900 s is Lambda's maximum: policy limits the time of the checks. */
  ValidateRelease: { timeoutSeconds: 900, variables: [...tables, 'ARTIFACTS_BUCKET'], may: ['append', 'invokeTarget', 'readSecrets'] },
  FinishRelease: { timeoutSeconds: 30, variables: tables, may: ['append', 'wakeTasks'] },
  RollBack: {
    timeoutSeconds: 60,
    variables: [...tables, 'ARTIFACTS_BUCKET'],
    may: ['append', 'readTarget', 'routeTarget', 'invokeTarget', 'readSecrets'],
  },
  VerifyRollback: {
    timeoutSeconds: 280,
    variables: [...tables, 'ARTIFACTS_BUCKET', 'MESSAGES_QUEUE_URL'],
    may: ['append', 'readTarget', 'invokeTarget', 'orderMessages', 'readSecrets'],
  },
  FinishRollback: { timeoutSeconds: 30, variables: [...tables, 'MESSAGES_QUEUE_URL'], may: ['append', 'wakeTasks', 'orderMessages'] },
  RequestApproval: { timeoutSeconds: 30, variables: [...tables, 'MESSAGES_QUEUE_URL'], may: ['append', 'wakeTasks', 'orderMessages'] },
  SettleApproval: { timeoutSeconds: 30, variables: tables, may: ['append'] },
  RecordOutcome: { timeoutSeconds: 30, variables: [...tables, 'MESSAGES_QUEUE_URL'], may: ['append', 'orderMessages'] },
  Notify: {
    timeoutSeconds: 60,
    variables: [...tables, 'LINK_KEY_IDS', 'PUBLIC_URL', 'MAIL_FROM', 'MESSAGES_QUEUE_URL'],
    may: ['append', 'signLinks', 'sendMail', 'readSecrets', 'postponeMessages'],
  },
  Recover: {
    timeoutSeconds: 60,
    variables: [
      ...tables,
      'DEPLOYMENT_MACHINE_ARN',
      'RELEASE_MACHINE_ARN',
      'ROLLBACK_MACHINE_ARN',
      'APPROVAL_MACHINE_ARN',
      'MESSAGES_QUEUE_URL',
    ],
    may: ['append', 'queryRecords', 'queryStatuses', 'wakeTasks', 'orderMessages', 'takeExecutionsOver'],
    asynchronous: true,
  },
  Archive: { timeoutSeconds: 60, variables: ['ARCHIVE_BUCKET', 'BACKUP_BUCKET'], may: ['putRows'] },
  WeeklyReport: {
    timeoutSeconds: 60,
    variables: [...tables, 'ARCHIVE_BUCKET', 'BACKUP_BUCKET'],
    may: ['queryDays', 'putReports'],
    asynchronous: true,
  },
  Web: {
    timeoutSeconds: 20,
    variables: [...tables, 'ARTIFACTS_BUCKET', 'LINK_KEY_IDS', 'PUBLIC_URL'],
    may: ['append', 'readTrail', 'wakeTasks', 'signLinks', 'verifyLinks', 'readArtifacts'],
  },
} as const satisfies Record<string, Row>;

/**
 * The two builds run repository code, so they have no capability to append rows, to deploy or to approve.
 * MakeFix stores its files, TestFix only reads them, and CollectFix reads the results from CodeBuild's own record.
 */
export const builds = {
  MakeFix: { may: ['readBrief', 'putMadeFix', 'readRepositoryTokens'] },
  TestFix: { may: ['readBriefAndMadeFix'] },
} as const satisfies Record<string, { readonly may: readonly BuildCapability[] }>;

export type BuildName = keyof typeof builds;

export type FunctionName = keyof typeof rows;
export const functionNames = Object.keys(rows) as FunctionName[];

export const fileOf = (name: string): string => name.replace(/(?<!^)([A-Z])/g, '-$1').toLowerCase();

/** Makes one function with its own role and log group. The stack grants the capabilities of its row. */
export function makeFunction(scope: Construct, name: FunctionName, bundle: string, lost: Queue): LambdaFunction {
  const place = new Construct(scope, `${name}Parts`);
  const logGroup = new LogGroup(place, 'Log', { retention: RetentionDays.THREE_MONTHS });
  const logging = new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] });
  const role = new Role(place, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: { Logs: new PolicyDocument({ statements: [logging] }) },
  });
  return new LambdaFunction(scope, name, {
    runtime: new Runtime('nodejs24.x', RuntimeFamily.NODEJS, { supportsInlineCode: false }),
    architecture: Architecture.ARM_64,
    code: Code.fromAsset(bundle),
    handler: 'index.handler',
    memorySize: 512,
    timeout: Duration.seconds(rows[name].timeoutSeconds),
    role,
    logGroup,
    loggingFormat: LoggingFormat.TEXT,
    tracing: Tracing.DISABLED,
    deadLetterQueue: (rows[name] as Row).asynchronous && lost,
  });
}
