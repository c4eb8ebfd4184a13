import * as z from 'zod';
import type { LinkAction } from '#domain/approval-link';
import type { Deployment } from '#domain/deployment';
import { messageFor } from '#domain/message';
import { type MessageOrder, messageKinds } from '#ports/messages';
import { lambda } from '#support/handler';
import { signLink } from '#support/links';
import { deployments, mail, records } from '#support/services';

const order = z.strictObject({ deploymentId: z.string(), kind: z.enum(messageKinds) });
const sqsRecord = z.looseObject({
  messageId: z.string(),
  body: z.string(),
  attributes: z.looseObject({ ApproximateReceiveCount: z.string() }),
});
type Delivery = z.infer<typeof sqsRecord>;

export const handler = lambda(z.looseObject({ Records: z.array(sqsRecord) }), async ({ Records }) => {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const delivery of Records) if (!(await deliver(delivery))) batchItemFailures.push({ itemIdentifier: delivery.messageId });
  return { batchItemFailures };
});

async function deliver(delivery: Delivery): Promise<boolean> {
  const message = order.parse(JSON.parse(delivery.body));
  const deployment = await deployments().read(message.deploymentId);
  const { approvers } = await records().readApplication(deployment.application);
  let everyoneReached = true;
  for (const approver of approvers.production) {
    const because = await sendTo(approver, message, deployment);
    await note(delivery, message, approver, because);
    everyoneReached &&= because === undefined;
  }
  return everyoneReached;
}

/** Answers why it could not be sent, so that a failed message is recorded and tried again but never holds a deployment up. */
async function sendTo(approver: string, message: MessageOrder, deployment: Deployment): Promise<string | undefined> {
  const links = await linksFor(approver, message, deployment);
  try {
    await mail().send([approver], messageFor(message.kind, deployment, { links }));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown';
  }
}

async function linksFor(approver: string, { kind }: MessageOrder, deployment: Deployment): Promise<Partial<Record<LinkAction, string>>> {
  const actions: LinkAction[] =
    kind === 'approval-requested' ? ['approve', 'reject', 'view'] : kind === 'cancel-window' ? ['cancel', 'proceed', 'view'] : [];
  const { approval } = deployment;
  if (!approval) return {};
  const signed = await Promise.all(
    actions.map(async (action) => [action, await signLink(deployment, approval, approver, action)] as const),
  );
  return Object.fromEntries(signed);
}

async function note(
  { messageId, attributes }: Delivery,
  { deploymentId, kind }: MessageOrder,
  approver: string,
  because: string | undefined,
): Promise<void> {
  const attempt = Number(attributes.ApproximateReceiveCount);
  const place = `message/${messageId}/${attempt}/${approver}`;
  await deployments().record(deploymentId, { place, actor: 'sluice/Notify' }, (current) => ({
    event: because
      ? { type: 'MessageFailed', kind, channel: 'mail', attempt, because }
      : { type: 'MessageDelivered', kind, channel: 'mail', attempt },
    next: current,
  }));
}
