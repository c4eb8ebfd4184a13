import * as z from 'zod';
import { messageKinds } from '#messages/message';
import { recordAttempts, sendToEveryone } from '#messages/send-to-everyone.flow';
import { withFormerNames } from '#platform/former-names';
import { lambda } from '#platform/handler';
import { tellPorts } from '#services';

const orderSchema = withFormerNames(
  z.strictObject({ deploymentId: z.string(), kind: z.enum(messageKinds), entryKey: z.string().optional() }),
  { occasion: 'entryKey' },
);
const sqsRecord = z.looseObject({
  messageId: z.string(),
  receiptHandle: z.string(),
  body: z.string(),
  attributes: z.looseObject({ ApproximateReceiveCount: z.coerce.number().int().positive() }),
});
type OrderRecord = z.infer<typeof sqsRecord>;

export const handler = lambda(z.looseObject({ Records: z.array(sqsRecord) }), async ({ Records }) => {
  const ports = tellPorts();
  const sent = await Promise.all(Records.map((record) => trySending(record).catch(logAndFail(record))));
  const batchItemFailures: { itemIdentifier: string }[] = [];
  // One after the other, since all rows of a deployment compete for the head of one chain.
  for (const [index, record] of Records.entries()) {
    const tried = sent[index];
    const isDone = tried && (await recordAttempts(ports, tried.receipt, tried.attempts).catch(logAndFail(record)));
    if (!isDone) batchItemFailures.push({ itemIdentifier: record.messageId });
  }
  return { batchItemFailures };

  async function trySending({ body, messageId, receiptHandle }: OrderRecord) {
    const receipt = { order: orderSchema.parse(JSON.parse(body)), messageId, receiptHandle };
    return { receipt, attempts: await sendToEveryone(ports, receipt) };
  }
});

/** A failed order does not fail the others. SQS moves it to the dead-letter queue after its last receipt. */
const logAndFail =
  ({ messageId }: OrderRecord) =>
  (error: Error): undefined => {
    console.log(JSON.stringify({ level: 'error', messageId, outcome: 'not sent', error: error.name }));
  };
