import * as z from 'zod';
import { propertiesOf } from '../../stack/properties.ts';
import { matchesPattern, validatePattern } from '../events/event-pattern.ts';
import type { TemplateResource } from '../host.ts';

const BATCH_SIZE = { sqs: 10, dynamodb: 100 };
/** As many batches of one queue as AWS begins with. */
const CONCURRENCY = 5;

/**
 * The properties of `AWS::Lambda::EventSourceMapping` that work locally. Batches start at once, and shards are serial.
 */
const MappingProperties = z.strictObject({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: z.coerce.number().int().min(1).max(10_000).optional(),
  BisectBatchOnFunctionError: z.boolean().default(false),
  DestinationConfig: z.strictObject({ OnFailure: z.strictObject({ Destination: z.string() }) }).optional(),
  Enabled: z.boolean().default(true),
  FilterCriteria: z.strictObject({ Filters: z.array(z.strictObject({ Pattern: z.string() })) }).optional(),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  MaximumBatchingWindowInSeconds: z.coerce.number().int().min(0).max(300).default(0),
  MaximumRecordAgeInSeconds: z.literal(-1).optional(),
  MaximumRetryAttempts: z.coerce.number().int().min(-1).max(10_000).default(-1),
  ParallelizationFactor: z.unknown().optional(),
  ScalingConfig: z.strictObject({ MaximumConcurrency: z.coerce.number().int().min(2) }).optional(),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']).optional(),
  Tags: z.unknown().optional(),
});

/** A queue or stream that gives a function its records in batches. */
export interface Mapping {
  readonly id: string;
  readonly sourceArn: string;
  readonly functionName: string;
  readonly batchSize: number;
  readonly enabled: boolean;
  readonly reportsItems: boolean;
  readonly bisects: boolean;
  readonly mostRetries: number;
  readonly mostConcurrent: number;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  readonly failureDestination: string | undefined;
  /** True if the function wants a record. */
  readonly wants: (record: object) => boolean;
}

/** A receive takes ten messages, so AWS has to wait for more. */
function refuseLargeBatch(batchSize: number, windowSeconds: number): void {
  if (batchSize > BATCH_SIZE.sqs && windowSeconds === 0)
    throw new Error('Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10');
}

/** Reads a mapping of the template. An unknown property is refused by name. */
export function mappingOf({ logicalId, properties }: TemplateResource): Mapping {
  const read = propertiesOf(MappingProperties, properties);
  const kind = read.EventSourceArn.split(':')[2] ?? '';
  if (!Object.hasOwn(BATCH_SIZE, kind)) throw new Error(`${read.EventSourceArn} cannot be an event source locally`);
  if (kind === 'sqs') refuseLargeBatch(read.BatchSize ?? BATCH_SIZE.sqs, read.MaximumBatchingWindowInSeconds);
  const patterns = (read.FilterCriteria?.Filters ?? []).map(({ Pattern }) => JSON.parse(Pattern));
  patterns.forEach(validatePattern);
  return {
    id: logicalId,
    sourceArn: read.EventSourceArn,
    functionName: read.FunctionName,
    batchSize: read.BatchSize ?? BATCH_SIZE[kind as keyof typeof BATCH_SIZE],
    enabled: read.Enabled,
    reportsItems: read.FunctionResponseTypes.length > 0,
    bisects: read.BisectBatchOnFunctionError,
    mostRetries: read.MaximumRetryAttempts < 0 ? Number.POSITIVE_INFINITY : read.MaximumRetryAttempts,
    mostConcurrent: read.ScalingConfig?.MaximumConcurrency ?? CONCURRENCY,
    startingPosition: read.StartingPosition ?? 'TRIM_HORIZON',
    failureDestination: read.DestinationConfig?.OnFailure.Destination,
    wants: (record) => patterns.length === 0 || patterns.some((pattern) => matchesPattern(pattern, record)),
  };
}
