import * as z from 'zod';
import { type LinkAction, ROOM } from '#domain/approval-link';
import type { Deployment } from '#domain/deployment';
import { messageFor } from '#domain/message';
import { pauseBeforeSeconds } from '#domain/message-retry';
import { type MessageOrder, messageKinds } from '#ports/messages';
import { type Delivery, deliveriesOf, send } from '#support/channels';
import { ChannelRefused } from '#support/errors';
import { lambda } from '#support/handler';
import { bindingOf, signLink } from '#support/links';
import { deployments, outbox, records } from '#support/services';

const order = z.strictObject({ deploymentId: z.string(), kind: z.enum(messageKinds), occasion: z.string().optional() });
const sqsRecord = z.looseObject({
  messageId: z.string(),
  receiptHandle: z.string(),
  body: z.string(),
  attributes: z.looseObject({ ApproximateReceiveCount: z.coerce.number().int().positive() }),
});
type OrderRecord = z.infer<typeof sqsRecord>;

interface Refusal {
  readonly because: string;
  readonly retryAfterSeconds?: number | undefined;
}

export const handler = lambda(z.looseObject({ Records: z.array(sqsRecord) }), async ({ Records }) => {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const record of Records) if (!(await tellEveryone(record))) batchItemFailures.push({ itemIdentifier: record.messageId });
  return { batchItemFailures };
});

/** Tells everyone who was not told yet; what a channel refused comes back later, for that channel alone. */
async function tellEveryone(record: OrderRecord): Promise<boolean> {
  const ordered = order.parse(JSON.parse(record.body));
  const deployment = await deployments().read(ordered.deploymentId);
  const application = await records().readApplication(deployment.application);
  const people = deployment.approval?.approvers ?? application.approvers.production;
  const refusals: Refusal[] = [];
  for (const delivery of deliveriesOf(application, people)) {
    const refusal = await tellOnce(delivery, ordered, record, deployment);
    if (refusal) refusals.push(refusal);
  }
  if (refusals.length === 0) return true;
  const wishes = refusals.map(({ retryAfterSeconds }) => retryAfterSeconds);
  await outbox().postpone(record.receiptHandle, pauseBeforeSeconds(record.attributes.ApproximateReceiveCount, wishes, Math.random()));
  return false;
}

async function tellOnce(delivery: Delivery, ordered: MessageOrder, record: OrderRecord, deployment: Deployment) {
  const { deploymentId, kind, occasion = record.messageId } = ordered;
  const place = `message/${kind}/${occasion}/${delivery.channel.kind}/${delivery.name}`;
  if (await deployments().happened(deploymentId, place)) return undefined;
  const refusal = await attempt(delivery, ordered, deployment);
  const told = { kind, channel: delivery.channel.kind, attempt: record.attributes.ApproximateReceiveCount };
  const where = refusal ? `${place}/refused/${record.messageId}/${told.attempt}` : place;
  await deployments().record(deploymentId, { place: where, actor: 'sluice/Notify' }, (current) => ({
    event: refusal ? { type: 'MessageFailed', ...told, because: refusal.because } : { type: 'MessageDelivered', ...told },
    next: current,
  }));
  return refusal;
}

/** Answers why it could not be sent, so that a failed message is recorded and tried again but never holds a deployment up. */
async function attempt(delivery: Delivery, { kind }: MessageOrder, deployment: Deployment): Promise<Refusal | undefined> {
  const links = await linksFor(delivery, kind, deployment);
  try {
    await send(delivery, messageFor(kind, deployment, { links }));
    return undefined;
  } catch (error) {
    if (error instanceof ChannelRefused) return { because: error.message, retryAfterSeconds: error.retryAfterSeconds };
    return { because: error instanceof Error ? error.name : 'unknown' };
  }
}

/** What each person may do from a message; a room may only look. */
const actionsIn: Partial<Record<MessageOrder['kind'], readonly LinkAction[]>> = {
  'approval-requested': ['approve', 'reject', 'view'],
  'cancel-window': ['cancel', 'proceed', 'view'],
  stuck: ['rollback'],
};

async function linksFor(
  { person }: Delivery,
  kind: MessageOrder['kind'],
  deployment: Deployment,
): Promise<Partial<Record<LinkAction, string>>> {
  const mayLook = !deployment.policy.production.approval.signIn;
  const actions = (actionsIn[kind] ?? [])
    .filter((action) => bindingOf({ action }, deployment))
    .filter((action) => person !== undefined || (action === 'view' && mayLook));
  const signed = await Promise.all(
    actions.map(async (action) => [action, await signLink(deployment, deployment.approval, person ?? ROOM, action)] as const),
  );
  return Object.fromEntries(signed);
}
