import { readFileSync } from 'node:fs';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { connect } from './connection.ts';
import { UsageError } from './usage-error.ts';

const busEntry = z.strictObject({ Source: z.string(), DetailType: z.string(), Detail: z.record(z.string(), z.unknown()) });

/** Submits one issue as its producer would: an EventBridge entry to the bus, any other text to the queue. */
export async function submit(file: string, options: { outputs?: string; json?: boolean; detectedNow?: boolean }): Promise<void> {
  const given = readIssue(file);
  const text = options.detectedNow ? detectedAt(new Date().toISOString(), given) : given;
  const outputs = connect(options.outputs);
  const sent = await submitText(text, outputs);
  if (options.json) console.log(JSON.stringify(sent));
  else
    console.log(
      `sent to the ${sent.channel} as ${sent.id}; \`sluice list\` shows its deployment; if Sluice refused it, \`sluice list --quarantined\` shows why`,
    );
}

/**
 * Sets the date of an issue or of an alert, also inside a bus entry.
 * The examples are old, and the time to resolution counts from their date.
 */
export function detectedAt(at: string, text: string): string {
  const payload = payloadOf(text);
  return payload ? JSON.stringify(dated(payload, at)) : text;
}

const payloadSchema = z.record(z.string(), z.unknown());
const payloadOf = (text: string) => payloadSchema.safeParse(parseJson(text)).data;

function dated(payload: Record<string, unknown>, at: string): Record<string, unknown> {
  const { data: detail } = payloadSchema.safeParse(payload.Detail);
  if (detail) return { ...payload, Detail: dated(detail, at) };
  const { data: alert } = payloadSchema.safeParse(payload.alert);
  return alert ? { ...payload, alert: { ...alert, created_at: at, updated_at: at } } : { ...payload, detectedAt: at };
}

export async function submitText(text: string, outputs: Record<string, string>): Promise<{ channel: string; id: string }> {
  const entry = busEntry.safeParse(parseJson(text));
  if (entry.success) {
    const { Detail, ...rest } = entry.data;
    const response = await new EventBridgeClient().send(
      new PutEventsCommand({ Entries: [{ ...rest, EventBusName: outputs.BusName, Detail: JSON.stringify(Detail) }] }),
    );
    const [result] = response.Entries ?? [];
    if (response.FailedEntryCount) throw new UsageError(`the bus refused the event: ${result?.ErrorMessage ?? result?.ErrorCode}`);
    return { channel: 'bus', id: result?.EventId ?? '' };
  }
  const queued = await new SQSClient().send(new SendMessageCommand({ QueueUrl: outputs.IssueQueueUrl, MessageBody: text }));
  return { channel: 'queue', id: queued.MessageId ?? '' };
}

function readIssue(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : error}`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
