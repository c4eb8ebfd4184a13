import { setImmediate as nextTurn } from 'node:timers/promises';
import { runBatch } from './batch.ts';
import type { Mapping } from './mapping.ts';
import type { LambdaService } from './service.ts';

interface Attribute {
  readonly StringValue?: string;
  readonly BinaryValue?: string;
  readonly DataType: string;
}

interface Message {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly MD5OfMessageAttributes?: string;
  readonly Attributes?: Record<string, string>;
  readonly MessageAttributes?: Record<string, Attribute>;
}

const MOST_RECEIVED = 10;

/**
 * Gives a queue's messages to a function in batches, as the function's role. A failed message returns after its
 * visibility timeout.
 */
export class QueueSource {
  readonly #service: LambdaService;
  readonly #mapping: Mapping;
  #inFlight = 0;
  #polling = false;
  #again = false;
  #stopped = false;

  constructor(service: LambdaService, mapping: Mapping) {
    this.#service = service;
    this.#mapping = mapping;
  }

  /** Looks for messages now; called whenever there may be some, so that nothing has to ask again and again. */
  wake(): void {
    this.#again = true;
    if (this.#polling || this.#stopped) return;
    this.#polling = true;
    this.#service.background.start(`queue ${this.#mapping.sourceArn}`, () => this.#poll());
  }

  stop(): void {
    this.#stopped = true;
  }

  // Waits for the next turn of the event loop, so that the writes of one request share a batch.
  async #poll(): Promise<void> {
    await nextTurn();
    while (!this.#stopped && this.#inFlight < this.#mapping.mostConcurrent) {
      this.#again = false;
      const messages = await this.#receive();
      if (messages.length > 0) this.#begin(messages);
      else if (!this.#again) break;
    }
    this.#polling = false;
  }

  #begin(messages: Message[]): void {
    this.#inFlight++;
    this.#service.background.start(`batch of ${this.#mapping.sourceArn}`, async () => {
      await this.#process(messages);
      this.#inFlight--;
      this.wake();
    });
  }

  async #process(messages: Message[]): Promise<void> {
    const { functionName, reportsItems, wants } = this.#mapping;
    const records = messages.map((message) => ({ message, record: recordOf(message, this.#mapping.sourceArn) }));
    const chosen = records.filter(({ message, record }) => wants({ ...record, body: parsedBody(message.Body) }));
    const ids = chosen.map(({ message }) => message.MessageId);
    const run = () =>
      runBatch(
        this.#service,
        functionName,
        chosen.map(({ record }) => record),
        ids,
        reportsItems,
      );
    const result = chosen.length > 0 ? await run() : { failed: 'none' as const };
    const failed = result.failed === 'all' ? new Set(ids) : result.failed === 'some' ? result.items : new Set<string>();
    await this.#delete(messages.filter(({ MessageId }) => !failed.has(MessageId)));
  }

  async #receive(): Promise<Message[]> {
    const MaxNumberOfMessages = Math.min(MOST_RECEIVED, this.#mapping.batchSize);
    const answer = await this.#call('ReceiveMessage', { MaxNumberOfMessages, AttributeNames: ['All'], MessageAttributeNames: ['All'] });
    return (answer as { Messages?: Message[] }).Messages ?? [];
  }

  async #delete(messages: Message[]): Promise<void> {
    if (messages.length === 0 || this.#stopped) return;
    const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await this.#call('DeleteMessageBatch', { Entries });
  }

  async #call(operation: string, request: object): Promise<object> {
    const { context, versions } = this.#service;
    const { sourceArn, functionName } = this.#mapping;
    const QueueUrl = `${context.endpoint}/${context.account}/${sourceArn.split(':').at(-1)}`;
    const role = versions.roleOf(functionName);
    const reply = await context.call(role, { service: 'sqs', operation, body: JSON.stringify({ QueueUrl, ...request }) });
    if (reply.status === 200) return JSON.parse(String(reply.body));
    context.log(`${this.#mapping.id}: ${operation} of ${sourceArn}: ${reply.body}`);
    return {};
  }
}

function recordOf(message: Message, sourceArn: string) {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, attribute]) => [name, attributeOf(attribute)]);
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: message.MD5OfBody,
    ...(message.MD5OfMessageAttributes && { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: 'aws:sqs',
    eventSourceARN: sourceArn,
    awsRegion: sourceArn.split(':')[3],
  };
}

const attributeOf = ({ StringValue, BinaryValue, DataType }: Attribute) => ({
  ...(StringValue !== undefined && { stringValue: StringValue }),
  ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
  stringListValues: [],
  binaryListValues: [],
  dataType: DataType,
});

/** A filter sees the body as JSON when it is JSON, otherwise as text. */
function parsedBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
