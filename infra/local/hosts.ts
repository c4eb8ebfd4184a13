import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DynamoDbHost, hostDynamoDb } from './dynamodb.ts';
import { type EventsHost, hostEvents } from './events.ts';
import type { Host, HostContext } from './host.ts';
import { hostIam, type IamHost } from './iam.ts';
import { hostKms } from './kms.ts';
import { hostS3, type S3Host } from './s3.ts';
import { hostScheduler } from './scheduler.ts';
import { hostSes, type SesHost } from './ses.ts';
import { hostSqs } from './sqs.ts';

/** Every host of one running template, by name. */
export interface Hosts {
  readonly iam: IamHost;
  readonly kms: Host;
  readonly ses: SesHost;
  readonly s3: S3Host;
  readonly sqs: Host;
  readonly dynamodb: DynamoDbHost;
  readonly events: EventsHost;
  readonly scheduler: Host;
}

/** Creates the hosts, each with its own folder, and connects those that tell each other something. */
export function createHosts(context: HostContext): Hosts {
  const own = (name: string): HostContext => {
    const folder = join(context.dataDir, name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return { ...context, dataDir: folder };
  };
  return {
    iam: hostIam(own('iam')),
    kms: hostKms(own('kms')),
    ses: hostSes(own('ses')),
    s3: hostS3(own('s3')),
    sqs: hostSqs(own('sqs'), { wake: () => undefined }),
    dynamodb: hostDynamoDb(own('dynamodb')),
    events: hostEvents(own('events')),
    scheduler: hostScheduler(own('scheduler')),
  };
}
