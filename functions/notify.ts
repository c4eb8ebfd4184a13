import * as z from 'zod';
import type { Deployment } from '#domain/deployment';
import { messageFor, messageKinds } from '#domain/message';
import { pauseBeforeSeconds } from '#domain/message-retry';
import type { MessageOrder } from '#ports/messages';
import { type Delivery, deliveriesOf, send } from '#support/channels';
import { AuditContention, ChannelRefused } from '#support/errors';
import { lambda } from '#support/handler';
import { linksFor } from '#support/message-links';
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
  const tried = await Promise.all(Records.map((record) => tryEveryone(record).catch(undone(record))));
  const batchItemFailures: { itemIdentifier: string }[] = [];
  // One after the other: all rows of a deployment go to the head of one chain.
  for (const [index, record] of Records.entries())
    if (!(await finish(record, tried[index]).catch(undone(record)))) batchItemFailures.push({ itemIdentifier: record.messageId });
  return { batchItemFailures };
});

/** An order that cannot be followed fails alone; the queue's dead letters keep it. */
const undone =
  ({ messageId }: OrderRecord) =>
  (error: Error): undefined => {
    console.log(JSON.stringify({ level: 'error', messageId, outcome: 'not told', error: error.name }));
  };

interface Refusal {
  readonly because: string;
  readonly retryAfterSeconds?: number | undefined;
}

interface Placed {
  readonly delivery: Delivery;
  readonly place: string;
}

/** What one try at one delivery came to: `because` when a channel refused its `attempt`, `againInSeconds` while it is not made. */
interface Try extends Placed {
  readonly attempt?: number;
  readonly because?: string;
  readonly againInSeconds?: number;
}

interface Receipt {
  readonly holder: string;
  /** One for all channels, so that those refused at once come back at once: the queue counts how often an order is received. */
  readonly random: number;
}

interface Tried {
  readonly ordered: MessageOrder;
  readonly tries: readonly Try[];
}

/** Tells everyone who was not told yet, all at once, so that a channel that hangs holds up nobody else. */
async function tryEveryone(record: OrderRecord): Promise<Tried> {
  const ordered = order.parse(JSON.parse(record.body));
  const { deploymentId, kind, occasion = record.messageId } = ordered;
  const deployment = await deployments().read(deploymentId);
  const application = await records().readApplication(deployment.application);
  const people = deployment.approval?.approvers ?? application.approvers.production;
  const due = await notMadeYet(deployment, `message/${kind}/${occasion}`, deliveriesOf(application, people));
  const receipt = { holder: record.receiptHandle, random: Math.random() };
  return { ordered, tries: await Promise.all(due.map((one) => tryOnce(one, kind, deployment, receipt))) };
}

/** Writes down what came of it; what a channel refused comes back later, for that channel alone. */
async function finish(record: OrderRecord, tried: Tried | undefined): Promise<boolean> {
  if (!tried) return false;
  const { ordered, tries } = tried;
  const defects: unknown[] = [];
  for (const one of tries) await write(one, ordered).catch((error) => defects.push(error));
  if (defects.length > 0) throw defects[0];
  const pauses = tries.flatMap(({ againInSeconds }) => againInSeconds ?? []);
  if (pauses.length > 0) await outbox().postpone(record.receiptHandle, Math.min(...pauses));
  return pauses.length === 0;
}

async function notMadeYet({ id }: Deployment, order: string, all: readonly Delivery[]): Promise<Placed[]> {
  const placed = all.map((delivery) => ({ delivery, place: `${order}/${delivery.channel.kind}/${delivery.name}` }));
  const made = await Promise.all(placed.map(({ place }) => deployments().happened(id, place)));
  return placed.filter((_, index) => !made[index]);
}

/** Sends under a claim: of two receipts of one order, one sends and the other comes back to see whether it did. */
async function tryOnce(one: Placed, kind: MessageOrder['kind'], deployment: Deployment, { holder, random }: Receipt): Promise<Try> {
  const claim = { deploymentId: deployment.id, place: one.place, holder };
  const claimed = await deliveries().claim(claim);
  if ('againInSeconds' in claimed) return { ...one, ...claimed };
  const refusal = await attempt(one.delivery, kind, deployment);
  if (!refusal) return { ...one, ...claimed };
  const againInSeconds = pauseBeforeSeconds(claimed.attempt, refusal.retryAfterSeconds, random);
  await deliveries().release(claim, claimed.attempt, againInSeconds);
  return { ...one, ...claimed, because: refusal.because, againInSeconds };
}

/** A try that never was one, as the delivery was somebody else's, is not written down. */
async function write({ delivery, place, attempt, because }: Try, { deploymentId, kind }: MessageOrder): Promise<void> {
  if (attempt === undefined) return;
  const told = { kind, channel: delivery.channel.kind, attempt };
  const where = because === undefined ? place : `${place}/refused/${attempt}`;
  const event =
    because === undefined ? { type: 'MessageDelivered' as const, ...told } : { type: 'MessageFailed' as const, ...told, because };
  await insist(() => deployments().record(deploymentId, { place: where, actor: 'sluice/Notify' }, (current) => ({ event, next: current })));
}

/** Nobody comes back to a row that has lost every race for the head of its chain, unlike to a task's. */
async function insist(write: () => Promise<unknown>, times = 5): Promise<void> {
  await write().catch((error: Error) => {
    if (times === 1 || !(error instanceof AuditContention)) throw error;
    return insist(write, times - 1);
  });
}

/** Answers why it could not be sent, so that a failed message is recorded and tried again but never holds a deployment up. */
async function attempt(delivery: Delivery, kind: MessageOrder['kind'], deployment: Deployment): Promise<Refusal | undefined> {
  try {
    const links = await linksFor(delivery.person, kind, deployment);
    await send(delivery, messageFor(kind, deployment, { links }));
    return undefined;
  } catch (error) {
    if (error instanceof ChannelRefused) return { because: error.message, retryAfterSeconds: error.retryAfterSeconds };
    return { because: error instanceof Error ? error.name : 'unknown' };
  }
}
