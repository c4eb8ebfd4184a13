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
import { deliveries, deployments, outbox, records } from '#support/services';

const order = z.strictObject({ deploymentId: z.string(), kind: z.enum(messageKinds), occasion: z.string().optional() });
const sqsRecord = z.looseObject({
  messageId: z.string(),
  receiptHandle: z.string(),
  body: z.string(),
  attributes: z.looseObject({ ApproximateReceiveCount: z.coerce.number().int().positive() }),
});
type OrderRecord = z.infer<typeof sqsRecord>;

export const handler = lambda(z.looseObject({ Records: z.array(sqsRecord) }), async ({ Records }) => {
  const done = await Promise.all(Records.map((record) => tellEveryone(record).catch(undone(record))));
  return { batchItemFailures: Records.filter((_, index) => !done[index]).map(({ messageId }) => ({ itemIdentifier: messageId })) };
});

/** An order that cannot be followed fails alone; the queue's dead letters keep it. */
const undone =
  ({ messageId }: OrderRecord) =>
  (error: Error): false => {
    console.log(JSON.stringify({ level: 'error', messageId, outcome: 'not told', error: error.name }));
    return false;
  };

interface Refusal {
  readonly because: string;
  readonly retryAfterSeconds?: number | undefined;
}

/** What one try at one delivery came to: `because` when a channel refused it, `againInSeconds` while it is not made. */
interface Try {
  readonly delivery: Delivery;
  readonly place: string;
  readonly because?: string;
  readonly againInSeconds?: number;
}

/** Tells everyone who was not told yet, all at once; what a channel refused comes back later, for that channel alone. */
async function tellEveryone(record: OrderRecord): Promise<boolean> {
  const { occasion = record.messageId, ...ordered } = order.parse(JSON.parse(record.body));
  const deployment = await deployments().read(ordered.deploymentId);
  const application = await records().readApplication(deployment.application);
  const people = deployment.approval?.approvers ?? application.approvers.production;
  const due = await notMadeYet(deployment, `message/${ordered.kind}/${occasion}`, deliveriesOf(application, people));
  const tries = await Promise.all(due.map((one) => tryOnce(one, ordered.kind, deployment, record)));
  for (const one of tries) if (one.because !== undefined || one.againInSeconds === undefined) await write(one, ordered, record);
  const pauses = tries.flatMap(({ againInSeconds }) => againInSeconds ?? []);
  if (pauses.length > 0) await outbox().postpone(record.receiptHandle, Math.min(...pauses));
  return pauses.length === 0;
}

async function notMadeYet({ id }: Deployment, order: string, all: readonly Delivery[]): Promise<Try[]> {
  const placed = all.map((delivery) => ({ delivery, place: `${order}/${delivery.channel.kind}/${delivery.name}` }));
  const made = await Promise.all(placed.map(({ place }) => deployments().happened(id, place)));
  return placed.filter((_, index) => !made[index]);
}

/** Sends under a claim: of two receipts of one order, one sends and the other comes back to see whether it did. */
async function tryOnce(one: Try, kind: MessageOrder['kind'], deployment: Deployment, record: OrderRecord): Promise<Try> {
  const claim = { deploymentId: deployment.id, place: one.place, holder: record.receiptHandle };
  const takenSeconds = await deliveries().claim(claim);
  if (takenSeconds > 0) return { ...one, againInSeconds: takenSeconds };
  const refusal = await attempt(one.delivery, kind, deployment);
  if (!refusal) return one;
  const { because, retryAfterSeconds } = refusal;
  const againInSeconds = pauseBeforeSeconds(record.attributes.ApproximateReceiveCount, retryAfterSeconds, Math.random());
  await deliveries().release(claim, againInSeconds);
  return { ...one, because, againInSeconds };
}

async function write({ delivery, place, because }: Try, { deploymentId, kind }: MessageOrder, record: OrderRecord): Promise<void> {
  const told = { kind, channel: delivery.channel.kind, attempt: record.attributes.ApproximateReceiveCount };
  const where = because === undefined ? place : `${place}/refused/${record.messageId}/${told.attempt}`;
  await deployments().record(deploymentId, { place: where, actor: 'sluice/Notify' }, (current) => ({
    event: because === undefined ? { type: 'MessageDelivered', ...told } : { type: 'MessageFailed', ...told, because },
    next: current,
  }));
}

/** Answers why it could not be sent, so that a failed message is recorded and tried again but never holds a deployment up. */
async function attempt(delivery: Delivery, kind: MessageOrder['kind'], deployment: Deployment): Promise<Refusal | undefined> {
  try {
    const links = await linksFor(delivery, kind, deployment);
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
