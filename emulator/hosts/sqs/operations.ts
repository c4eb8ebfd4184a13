import type { HostContext } from '../host.ts';
import { ApiError } from '../host.ts';
import { type MessageAttributes, md5, md5OfAttributes, sizeOf } from './digest.ts';
import type { Message, Messages } from './messages.ts';

/** Everything an operation may touch: the rows, the queue addresses, and the bell that rings for a visible message. */
export interface Queues {
  readonly context: HostContext;
  readonly messages: Messages;
  readonly urlOf: (name: string) => string;
  readonly arnOf: (name: string) => string;
  /** Arms the timer of the next hidden message. */
  readonly arm: (queue: string) => void;
  /** Arms the timer. When a message is visible, wakes waiting receivers and the listener. */
  readonly announce: (queue: string) => void;
  readonly waitForMessage: (queue: string, seconds: number) => Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: the wire's JSON; each operation reads what it needs
type Body = any;
export type Operation = (queues: Queues, body: Body, caller: string) => unknown;

const MOST_RECEIVED = 10;

function queueIn({ messages }: Queues, body: Body): { name: string; attributes: Record<string, string> } {
  const name =
    String(body.QueueUrl ?? body.QueueName ?? '')
      .split('/')
      .at(-1) ?? '';
  const attributes = messages.queueAttributes(name);
  if (!attributes) throw new ApiError('QueueDoesNotExist', `The specified queue does not exist: ${name || '(none named)'}`);
  return { name, attributes };
}

function sendTo(queues: Queues, queue: ReturnType<typeof queueIn>, entry: Body, sender: string) {
  const attributes: MessageAttributes = entry.MessageAttributes ?? {};
  const size = sizeOf(String(entry.MessageBody ?? ''), attributes);
  if (!entry.MessageBody) throw new ApiError('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (size > Number(queue.attributes.MaximumMessageSize)) {
    throw new ApiError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.attributes.MaximumMessageSize} bytes.`,
    );
  }
  const delaySeconds = Number(entry.DelaySeconds ?? queue.attributes.DelaySeconds);
  return queues.messages.send(queue.name, { body: entry.MessageBody, attributes, delaySeconds, sender });
}

function sendMessage(queues: Queues, body: Body, caller: string) {
  const queue = queueIn(queues, body);
  const sent = sendTo(queues, queue, body, caller);
  queues.announce(queue.name);
  return sent;
}

async function receiveMessage(queues: Queues, body: Body) {
  const queue = queueIn(queues, body);
  const most = Number(body.MaxNumberOfMessages ?? 1);
  if (most < 1 || most > MOST_RECEIVED) throw new ApiError('InvalidParameterValue', 'MaxNumberOfMessages must be between 1 and 10.');
  const take = () => receive(queues, queue, most, body);
  const first = take();
  const wait = Number(body.WaitTimeSeconds ?? queue.attributes.ReceiveMessageWaitTimeSeconds);
  if (first.length > 0 || wait === 0) return answer(queues, first, body);
  await queues.waitForMessage(queue.name, wait);
  return answer(queues, take(), body);
}

function receive(queues: Queues, queue: ReturnType<typeof queueIn>, most: number, body: Body): Message[] {
  const policy = JSON.parse(queue.attributes.RedrivePolicy ?? 'null');
  const redrive = policy && { to: policy.deadLetterTargetArn.split(':').at(-1), after: policy.maxReceiveCount };
  const { taken, givenUp } = queues.messages.receive(
    queue.name,
    most,
    Number(body.VisibilityTimeout ?? queue.attributes.VisibilityTimeout),
    redrive,
  );
  queues.arm(queue.name);
  if (givenUp > 0) queues.announce(redrive.to);
  return taken;
}

function answer(queues: Queues, taken: Message[], body: Body) {
  const wanted: string[] = [...(body.AttributeNames ?? []), ...(body.MessageSystemAttributeNames ?? [])];
  const names: string[] = body.MessageAttributeNames ?? [];
  return taken.length === 0 ? {} : { Messages: taken.map((message) => received(queues, message, wanted, names)) };
}

function received(queues: Queues, message: Message, wanted: string[], names: string[]) {
  const all = Object.entries<MessageAttributes[string]>(JSON.parse(message.attributes));
  const matches = (name: string) =>
    names.some((n) => n === 'All' || n === '.*' || n === name || (n.endsWith('.*') && name.startsWith(n.slice(0, -2))));
  const chosen = Object.fromEntries(all.filter(([name]) => matches(name)));
  const system = Object.entries(systemAttributes(queues, message)).filter(([name]) => wanted.includes('All') || wanted.includes(name));
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(Object.keys(chosen).length > 0 && { MessageAttributes: chosen, MD5OfMessageAttributes: md5OfAttributes(chosen) }),
  };
}

const systemAttributes = (queues: Queues, message: Message): Record<string, string> => ({
  SenderId: message.sender,
  SentTimestamp: String(message.sent_ms),
  ApproximateReceiveCount: String(message.received),
  ApproximateFirstReceiveTimestamp: String(message.first_ms),
  ...(message.origin && { DeadLetterQueueSourceArn: queues.arnOf(message.origin) }),
});

function changeVisibility(queues: Queues, body: Body) {
  const queue = queueIn(queues, body);
  const seconds = Number(body.VisibilityTimeout);
  if (!(seconds >= 0 && seconds <= 43_200)) throw new ApiError('InvalidParameterValue', 'VisibilityTimeout must be between 0 and 43200.');
  if (!queues.messages.changeVisibility(String(body.ReceiptHandle), seconds)) {
    throw new ApiError('MessageNotInflight', 'The specified message is not in flight.');
  }
  queues.announce(queue.name);
  return {};
}

function deleteMessage(queues: Queues, body: Body) {
  const queue = queueIn(queues, body);
  if (!body.ReceiptHandle) throw new ApiError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.', 404);
  queues.messages.delete(String(body.ReceiptHandle));
  queues.arm(queue.name);
  return {};
}

/** Runs an operation per entry and answers successes and failures by entry id, as the batch operations do. */
function batch(each: Operation): Operation {
  return (queues, body, caller) => {
    const entries: Body[] = body.Entries ?? [];
    if (entries.length === 0) throw new ApiError('EmptyBatchRequest', 'There should be at least one entry in the request.');
    if (entries.length > MOST_RECEIVED) throw new ApiError('TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10.');
    if (new Set(entries.map((e) => e.Id)).size < entries.length)
      throw new ApiError('BatchEntryIdsNotDistinct', 'Ids of a batch must be distinct.');
    queueIn(queues, body);
    const results = entries.map((entry) => settled(() => each(queues, { ...entry, QueueUrl: body.QueueUrl }, caller), entry.Id));
    return {
      Successful: results.filter((r) => !r.failed).map((r) => r.answer),
      Failed: results.filter((r) => r.failed).map((r) => r.answer),
    };
  };
}

function settled(work: () => unknown, Id: string) {
  try {
    return { failed: false, answer: { Id, ...(work() as object) } };
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    return { failed: true, answer: { Id, SenderFault: true, Code: thrown.name, Message: thrown.message } };
  }
}

function getQueueAttributes(queues: Queues, body: Body) {
  const { name, attributes } = queueIn(queues, body);
  const { visible, inFlight, delayed } = queues.messages.counts(name);
  const all: Record<string, string> = {
    ...attributes,
    QueueArn: queues.arnOf(name),
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  };
  const wanted: string[] = body.AttributeNames ?? [];
  return { Attributes: Object.fromEntries(Object.entries(all).filter(([key]) => wanted.includes('All') || wanted.includes(key))) };
}

function startMessageMoveTask(queues: Queues, body: Body) {
  const from = queueIn(queues, { QueueName: String(body.SourceArn).split(':').at(-1) }).name;
  const moved = queues.messages.redrive(from, body.DestinationArn?.split(':').at(-1));
  for (const queue of [from, ...moved.keys()]) queues.announce(queue);
  return { TaskHandle: Buffer.from(JSON.stringify({ from, at: queues.context.clock.nowMs() })).toString('base64') };
}

/** The SQS operations that run locally; a name that is not here is refused by the host. */
export const OPERATIONS: Record<string, Operation> = {
  SendMessage: sendMessage,
  SendMessageBatch: batch(sendMessage),
  ReceiveMessage: receiveMessage,
  DeleteMessage: deleteMessage,
  DeleteMessageBatch: batch(deleteMessage),
  ChangeMessageVisibility: changeVisibility,
  ChangeMessageVisibilityBatch: batch(changeVisibility),
  GetQueueAttributes: getQueueAttributes,
  GetQueueUrl: (queues, body) => ({ QueueUrl: queues.urlOf(queueIn(queues, body).name) }),
  ListQueues: (queues, body) => ({
    QueueUrls: queues.messages
      .queueNames()
      .filter((name) => name.startsWith(body.QueueNamePrefix ?? ''))
      .map(queues.urlOf),
  }),
  PurgeQueue: (queues, body) => {
    const queue = queueIn(queues, body);
    queues.messages.purge(queue.name);
    queues.arm(queue.name);
    return {};
  },
  StartMessageMoveTask: startMessageMoveTask,
};
