import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { SqliteFile } from '../../runtime/sqlite.ts';
import { physicalName } from '../../stack/physical-name.ts';
import { propertiesOf } from '../../stack/properties.ts';
import { ApiError, type Host, type HostContext } from '../host.ts';
import { DELIVERIES_SCHEMA, Deliveries } from './deliveries.ts';
import { secondsOf } from './event.ts';
import { DeadLetterConfig, DeliverableArn, patience, RetryPolicy } from './rule.ts';
import { SCHEDULES_SCHEMA, Schedules } from './schedules.ts';

const TargetProperties = z.strictObject({
  Arn: DeliverableArn,
  RoleArn: z.string(),
  Input: z.string().optional(),
  DeadLetterConfig: DeadLetterConfig.optional(),
  RetryPolicy: RetryPolicy.optional(),
});

const ScheduleProperties = z.strictObject({
  Name: z.string().optional(),
  GroupName: z.string().default('default'),
  Description: z.string().optional(),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  // A window only allows a delay: firing at its beginning is one of the times that AWS may choose.
  FlexibleTimeWindow: z.strictObject({ Mode: z.enum(['OFF', 'FLEXIBLE']), MaximumWindowInMinutes: z.number().optional() }),
  Target: TargetProperties,
});

/** Hosts EventBridge Scheduler: schedules with a time zone, each calling its target as its own role. */
export function hostScheduler(context: HostContext): Host {
  const file = new SqliteFile(join(context.dataDir, 'schedules.sqlite'), DELIVERIES_SCHEMA + SCHEDULES_SCHEMA);
  const deliveries = new Deliveries(file, context);
  const schedules = new Schedules(file, context.clock, () => deliveries.run());
  const arnOf = (what: string) => `arn:aws:scheduler:${context.region}:${context.account}:${what}`;
  return {
    signingNames: ['scheduler'],
    resources: {
      'AWS::Scheduler::ScheduleGroup': async ({ logicalId, properties }) => {
        const name = properties?.Name ?? logicalId;
        return { ref: name, attributes: { Arn: arnOf(`schedule-group/${name}`) } };
      },
      'AWS::Scheduler::Schedule': async ({ logicalId, properties }) => {
        const {
          Name = physicalName(logicalId, 64),
          GroupName,
          ScheduleExpression,
          ScheduleExpressionTimezone,
          State,
          Target,
        } = propertiesOf(ScheduleProperties, properties);
        const arn = arnOf(`schedule/${GroupName}/${Name}`);
        const fire = (atMs: number) => {
          const input = inputOf(Target.Input, arn, atMs, context);
          deliveries.add({ arn: Target.Arn, callerArn: Target.RoleArn, sourceArn: arn, ...patience(Target) }, input, input);
        };
        if (State === 'ENABLED') schedules.add(arn, ScheduleExpression, ScheduleExpressionTimezone, fire);
        return { ref: Name, attributes: { Arn: arn } };
      },
    },
    handle: async (call) => {
      throw new ApiError('UnknownOperationException', `Scheduler ${call.method} ${call.path} is not supported locally`, 501);
    },
    async start() {
      deliveries.run();
      schedules.run();
    },
    async stop() {
      schedules.stop();
      deliveries.stop();
      file.close();
    },
  };
}

function inputOf(input: string | undefined, arn: string, atMs: number, { account, region }: HostContext): string {
  const time = secondsOf(atMs);
  const id = randomUUID();
  const standard = {
    version: '0',
    id,
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account,
    time,
    region,
    resources: [arn],
    detail: '{}',
  };
  const keywords: Record<string, string> = { 'schedule-arn': arn, 'scheduled-time': time, 'execution-id': id };
  return (input ?? JSON.stringify(standard)).replace(/<aws\.scheduler\.([a-z-]+)>/g, (found, name) => keywords[name] ?? found);
}
