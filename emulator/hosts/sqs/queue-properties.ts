import * as z from 'zod';
import { physicalName } from '../../stack/physical-name.ts';
import { propertiesOf } from '../../stack/properties.ts';

const integer = (least: number, most: number) => z.coerce.number().int().min(least).max(most).optional();

const RedrivePolicy = z.strictObject({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number().int().min(1).max(1000) });

/** The properties of `AWS::SQS::Queue` that work locally: those of standard queues. Any other is refused by name. */
const QueueProperties = z.strictObject({
  QueueName: z.string().optional(),
  VisibilityTimeout: integer(0, 43_200),
  DelaySeconds: integer(0, 900),
  MaximumMessageSize: integer(1024, 1_048_576),
  MessageRetentionPeriod: integer(60, 1_209_600),
  ReceiveMessageWaitTimeSeconds: integer(0, 20),
  RedrivePolicy: RedrivePolicy.optional(),
  RedriveAllowPolicy: z.record(z.string(), z.unknown()).optional(),
  KmsMasterKeyId: z.string().optional(),
  KmsDataKeyReusePeriodSeconds: integer(60, 86_400),
  SqsManagedSseEnabled: z.coerce.boolean().optional(),
  FifoQueue: z.literal(false, 'FIFO queues are not supported locally').optional(),
  Tags: z.array(z.unknown()).optional(),
});

const DEFAULTS = {
  VisibilityTimeout: 30,
  DelaySeconds: 0,
  MaximumMessageSize: 1_048_576,
  MessageRetentionPeriod: 345_600,
  ReceiveMessageWaitTimeSeconds: 0,
};

/** Reads a queue's properties as the attribute strings of the SQS API. */
export function queueOf(logicalId: string, properties: unknown): { name: string; attributes: Record<string, string> } {
  const { QueueName, Tags: _tags, ...settings } = propertiesOf(QueueProperties, properties);
  const strings = Object.entries({ ...DEFAULTS, ...settings }).filter(([, value]) => value !== undefined);
  const attributes = strings.map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]);
  return { name: QueueName ?? physicalName(logicalId, 80), attributes: Object.fromEntries(attributes) };
}
