import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { MessageOrder, Outbox } from '#ports/messages';

/** Orders messages on a queue, whose consumer delivers them with the queue's retries. */
export class SqsOutbox implements Outbox {
  readonly #sqs: SQSClient;
  readonly #queueUrl: string;

  constructor(sqs: SQSClient, queueUrl: string) {
    this.#sqs = sqs;
    this.#queueUrl = queueUrl;
  }

  async order(message: MessageOrder): Promise<void> {
    await this.#sqs.send(new SendMessageCommand({ QueueUrl: this.#queueUrl, MessageBody: JSON.stringify(message) }));
  }
}
