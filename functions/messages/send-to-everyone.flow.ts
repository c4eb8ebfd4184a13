import type { Deployment } from '#deployment/deployment';
import type { Deployments } from '#deployment/deployments.port';
import { AuditContention, ChannelRefused } from '#platform/errors';
import type { McpChannel } from '#policy/application';
import type { Applications } from '#policy/applications.port';
import type { LinkPorts } from '#web/links.flow';
import { type ChatChannel, type Delivery, deliveriesOf } from './channels.ts';
import { mailPage } from './mail-body.ts';
import { type Message, messageFor } from './message.ts';
import { linksFor } from './message-links.flow.ts';
import { pauseBeforeSeconds } from './message-retry.ts';
import type { ChatRoom, Deliveries, Mailer, MessageOrder, Postponable } from './messages.port.ts';

export interface TellPorts extends LinkPorts {
  readonly applications: Applications;
  readonly deliveries: Deliveries;
  readonly deployments: Deployments;
  readonly mail: Mailer;
  readonly messageServer: (channel: McpChannel) => Mailer & ChatRoom;
  readonly outbox: Postponable;
  readonly chatRoomOf: (channel: ChatChannel) => Promise<ChatRoom>;
}

/** One receipt of an order from the queue. */
export interface Receipt {
  readonly order: MessageOrder;
  readonly messageId: string;
  readonly receiptHandle: string;
}

interface ChannelRefusal {
  readonly because: string;
  readonly retryAfterSeconds?: number | undefined;
}

interface DueDelivery {
  readonly delivery: Delivery;
  /** Where its row is written. */
  readonly entryKey: string;
}

/** How one delivery went: `because` is why a channel refused it, `againInSeconds` is when to try again. */
interface Attempted extends DueDelivery {
  readonly attempt?: number;
  readonly because?: string;
  readonly againInSeconds?: number;
}

/** Sends an order to all recipients without it, at the same time. So a channel that hangs delays only itself. */
export async function sendToEveryone(ports: TellPorts, receipt: Receipt): Promise<Attempted[]> {
  const { deploymentId, kind, entryKey = receipt.messageId } = receipt.order;
  const deployment = await ports.deployments.read(deploymentId);
  const application = await ports.applications.readApplication(deployment.application);
  const people = deployment.approval?.approvers ?? application.approvers.production;
  const due = await notMadeYet(ports, deployment, `message/${kind}/${entryKey}`, deliveriesOf(application, people));
  // One number for all channels: SQS counts the receipts of an order, so refused channels should come back together.
  const random = Math.random();
  return Promise.all(due.map((one) => attemptUnderClaim(ports, one, { kind, deployment, holder: receipt.receiptHandle, random })));
}

/** Records how each delivery went. If a refused channel must be tried again, postpones the order and returns false. */
export async function recordAttempts(ports: TellPorts, { order, receiptHandle }: Receipt, attempts: readonly Attempted[]) {
  const defects: unknown[] = [];
  for (const one of attempts) await recordAttempt(ports, one, order).catch((error) => defects.push(error));
  if (defects.length > 0) throw defects[0];
  const pauses = attempts.flatMap(({ againInSeconds }) => againInSeconds ?? []);
  if (pauses.length > 0) await ports.outbox.postpone(receiptHandle, Math.min(...pauses));
  return pauses.length === 0;
}

async function notMadeYet(ports: TellPorts, { id }: Deployment, order: string, all: readonly Delivery[]): Promise<DueDelivery[]> {
  const placed = all.map((delivery) => ({ delivery, entryKey: `${order}/${delivery.channel.kind}/${delivery.name}` }));
  const made = await Promise.all(placed.map(({ entryKey }) => ports.deployments.happened(id, entryKey)));
  return placed.filter((_, index) => !made[index]);
}

interface Sending {
  readonly kind: MessageOrder['kind'];
  readonly deployment: Deployment;
  readonly holder: string;
  readonly random: number;
}

/** Sends under a claim. If two receipts of one order meet, one sends and the other comes back later to check. */
async function attemptUnderClaim(ports: TellPorts, one: DueDelivery, sending: Sending): Promise<Attempted> {
  const { deployment, holder, random } = sending;
  const claim = { deploymentId: deployment.id, entryKey: one.entryKey, holder };
  const claimed = await ports.deliveries.claim(claim);
  if ('againInSeconds' in claimed) return { ...one, ...claimed };
  const refusal = await sendOrRefusal(ports, one.delivery, sending);
  if (!refusal) return { ...one, ...claimed };
  const againInSeconds = pauseBeforeSeconds(claimed.attempt, refusal.retryAfterSeconds, random);
  await ports.deliveries.release(claim, claimed.attempt, againInSeconds);
  return { ...one, ...claimed, because: refusal.because, againInSeconds };
}

/** Sends, and returns why a channel refused. A failed message is tried again and never delays a deployment. */
async function sendOrRefusal(ports: TellPorts, delivery: Delivery, { kind, deployment }: Sending): Promise<ChannelRefusal | undefined> {
  try {
    const links = await linksFor(ports, delivery.person, kind, deployment);
    await send(ports, delivery, messageFor(kind, deployment, { links }));
    return undefined;
  } catch (error) {
    if (error instanceof ChannelRefused) return { because: error.message, retryAfterSeconds: error.retryAfterSeconds };
    return { because: error instanceof Error ? error.name : 'unknown' };
  }
}

/** Sends one message. Its errors say why, and never name a webhook. */
async function send(ports: TellPorts, { channel, person }: Delivery, message: Message): Promise<void> {
  if (person === undefined) return (await ports.chatRoomOf(channel)).post(message);
  if (channel.kind === 'mcp') return ports.messageServer(channel).send([person], message);
  return ports.mail.send([person], { ...message, html: mailPage(message) });
}

/** If another receipt holds the claim, no attempt was made and no row is written. */
async function recordAttempt(ports: TellPorts, { delivery, entryKey, attempt, because }: Attempted, order: MessageOrder): Promise<void> {
  if (attempt === undefined) return;
  const { deploymentId, kind } = order;
  const sent = { kind, channel: delivery.channel.kind, attempt };
  const where = because === undefined ? entryKey : `${entryKey}/refused/${attempt}`;
  const event =
    because === undefined ? { type: 'MessageDelivered' as const, ...sent } : { type: 'MessageFailed' as const, ...sent, because };
  const entry = { entryKey: where, actor: 'sluice/Notify' };
  await retryContention(() => ports.deployments.record(deploymentId, entry, (current) => ({ event, next: current })));
}

/** Step Functions retries tasks that lose the race for the chain's head. Nothing retries this row: try five times. */
async function retryContention(write: () => Promise<unknown>, times = 5): Promise<void> {
  await write().catch((error: Error) => {
    if (times === 1 || !(error instanceof AuditContention)) throw error;
    return retryContention(write, times - 1);
  });
}
