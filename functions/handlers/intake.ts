import * as z from 'zod';
import type { IssueChannel } from '#deployment/issue';
import { normaliseIssue } from '#intake/issue-intake';
import { openDeployment } from '#intake/open-deployment.flow';
import { read } from '#platform/env';
import { lambda } from '#platform/handler';
import { applications, now, openPorts, quarantine } from '#services';

const MOST_KEPT_CHARACTERS = 64 * 1024;

const sqsRecord = z.looseObject({
  messageId: z.string(),
  body: z.string(),
  eventSourceARN: z.string(),
  attributes: z.looseObject({ SenderId: z.string().optional() }).optional(),
});
type Message = z.infer<typeof sqsRecord>;

export const handler = lambda(z.looseObject({ Records: z.array(sqsRecord) }), async ({ Records }) => {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const message of Records) {
    // Only a failed message goes back to the queue; the rest of the batch goes on.
    await take(message).catch((error: Error) => {
      console.log(JSON.stringify({ level: 'error', messageId: message.messageId, error: error.name }));
      batchItemFailures.push({ itemIdentifier: message.messageId });
    });
  }
  return { batchItemFailures };
});

async function take(message: Message): Promise<void> {
  const payload = parse(message.body);
  const channel = channelOf(message, payload);
  if (payload === undefined) return refuse(message, channel, 'the body is not JSON; send one issue as a JSON object');
  const registered = (await applications().listApplications()).map(({ name, repository }) => ({ name, repository }));
  const normalised = normaliseIssue(payload, { applications: registered });
  if ('refusal' in normalised) return refuse(message, channel, normalised.refusal);
  const admission = await openDeployment(openPorts(), normalised.issue, channel);
  if ('duplicateOf' in admission) {
    await refuse(message, channel, `a second copy of ${admission.duplicateOf}, which is under way or deployed; nothing to do`);
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/**
 * Only the bus's rule may send to the bus queue, and the bus's policy reserves each of these sources for one principal.
 * So only these sources count as authenticated (docs/decisions/0010).
 */
function channelOf(message: Message, payload: unknown): IssueChannel {
  const envelope = z.looseObject({ source: z.string().min(1) }).safeParse(payload);
  if (message.eventSourceARN === read('BUS_QUEUE_ARN') && envelope.success) {
    const { source } = envelope.data;
    return { kind: 'bus', sender: source, authenticated: read('PRODUCER_SOURCES').split(',').includes(source) };
  }
  return { kind: 'queue', sender: message.attributes?.SenderId ?? 'unknown', authenticated: false };
}

async function refuse(message: Message, channel: IssueChannel, reason: string): Promise<void> {
  const body = message.body.slice(0, MOST_KEPT_CHARACTERS);
  await quarantine().keepQuarantined({ messageId: message.messageId, at: now().toISOString(), channel: channel.kind, reason, body });
}
