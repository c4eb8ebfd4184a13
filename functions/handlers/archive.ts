import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { lambda } from '#platform/handler';
import { archives } from '#services';

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

const streamRecord = z.looseObject({
  eventID: z.string(),
  eventName: z.enum(['INSERT', 'MODIFY', 'REMOVE']),
  dynamodb: z.looseObject({
    NewImage: z.custom<Record<string, AttributeValue>>(isObject, 'not an item').optional(),
    SequenceNumber: z.string(),
  }),
});

/** Puts each row into both archives, one JSON line per object. Names sort in row order; a repeat has the same name. */
export const handler = lambda(z.looseObject({ Records: z.array(streamRecord) }), async ({ Records }) => {
  // If S3 fails, Lambda retries the batch for hours. Count first, so that the alarm does not wait for that.
  countTampering(Records.filter((record) => record.eventName !== 'INSERT').length);
  for (const record of Records) if (record.eventName === 'INSERT') await keep(unmarshall(record.dynamodb.NewImage ?? {}));
  return { batchItemFailures: [] };
});

async function keep(row: Record<string, unknown>): Promise<void> {
  const day = String(row.at).slice(0, 10);
  const key = `autonomous-deployments/${day}/${row.deploymentId}/${String(row.sequence).padStart(6, '0')}.jsonl`;
  for (const archive of archives()) await archive.put(key, `${JSON.stringify(row)}\n`);
}

/** The table is append-only: any record but an INSERT pages a person (infra/alarms.ts watches this metric). */
function countTampering(rows: number): void {
  const cloudWatch = {
    Timestamp: Date.now(),
    CloudWatchMetrics: [{ Namespace: 'Sluice', Dimensions: [[]], Metrics: [{ Name: 'AuditRowsTampered', Unit: 'Count' }] }],
  };
  console.log(JSON.stringify({ _aws: cloudWatch, AuditRowsTampered: rows }));
}
