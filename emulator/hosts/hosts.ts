import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CloudWatchHost, hostCloudWatch } from './cloudwatch/cloudwatch.ts';
import { hostCodeBuild } from './codebuild/codebuild.ts';
import { type DynamoDbHost, hostDynamoDb } from './dynamodb/dynamodb.ts';
import { hostEcs } from './ecs/ecs.ts';
import { type EventsHost, hostEvents } from './events/events.ts';
import { hostScheduler } from './events/scheduler.ts';
import type { Host, HostContext } from './host.ts';
import { hostHttpApi } from './http-api/http-api.ts';
import { hostIam, type IamHost } from './iam/iam.ts';
import { hostKms } from './kms/kms.ts';
import { hostLambda, type LambdaHost } from './lambda/lambda.ts';
import { hostLoadBalancers, type LoadBalancersHost } from './load-balancers/load-balancers.ts';
import { hostS3, type S3Host } from './s3/s3.ts';
import { hostSecretsManager } from './secrets-manager/secrets-manager.ts';
import { hostSes, type SesHost } from './ses/ses.ts';
import { hostSqs } from './sqs/sqs.ts';
import { hostStepFunctions } from './states/step-functions.ts';

/** Every host of one running template, by name. */
export interface Hosts {
  readonly iam: IamHost;
  readonly kms: Host;
  readonly secretsManager: Host;
  readonly ses: SesHost;
  readonly s3: S3Host;
  readonly cloudwatch: CloudWatchHost;
  readonly dynamodb: DynamoDbHost;
  readonly sqs: Host;
  readonly events: EventsHost;
  readonly scheduler: Host;
  readonly stepFunctions: Host;
  readonly codebuild: Host;
  readonly lambda: LambdaHost;
  readonly loadBalancers: LoadBalancersHost;
  readonly ecs: Host;
  readonly httpApi: Host;
}

/**
 * Creates the hosts, each with its own folder, and connects those that send each other something. Hosts that run code
 * start last and stop first.
 */
export function createHosts(context: HostContext): Hosts {
  const own = (name: string): HostContext => ({ ...context, dataDir: ownFolder(context, name) });
  const cloudwatch = hostCloudWatch(own('cloudwatch'));
  const events = hostEvents(own('events'));
  const dynamodb = hostDynamoDb(own('dynamodb'));
  const lambda = hostLambda(own('lambda'), { metrics: cloudwatch.metrics, onStreamRecord: dynamodb.onStreamRecord });
  const loadBalancers = hostLoadBalancers(own('load-balancers'), cloudwatch.metrics);
  return {
    iam: hostIam(own('iam')),
    kms: hostKms(own('kms')),
    secretsManager: hostSecretsManager(own('secrets-manager')),
    ses: hostSes(own('ses')),
    s3: hostS3(own('s3')),
    cloudwatch,
    dynamodb,
    sqs: hostSqs(own('sqs'), { wake: (queueArn) => lambda.wake(queueArn) }),
    events,
    scheduler: hostScheduler(own('scheduler')),
    codebuild: hostCodeBuild(own('codebuild'), events),
    stepFunctions: hostStepFunctions(own('step-functions'), events),
    lambda,
    loadBalancers,
    ecs: hostEcs(own('ecs'), { metrics: cloudwatch.metrics, routing: loadBalancers }),
    httpApi: hostHttpApi(own('http-api')),
  };
}

function ownFolder({ dataDir }: HostContext, name: string): string {
  const folder = join(dataDir, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
