import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

const RECEIVES_BEFORE_DLQ = 5;

const closed = { enforceSSL: true, encryption: QueueEncryption.SQS_MANAGED, retentionPeriod: Duration.days(14) };

/** A queue without a consumer. Its messages failed for good, and an alarm pages. */
export const deadLetterQueue = (scope: Construct, id: string): Queue => new Queue(scope, id, closed);

/** A queue with its dead-letter queue. Its visibility time-out is six times its consumer's, as AWS recommends. */
export class BufferedQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, consumerTimeout: Duration, receivesBeforeDlq = RECEIVES_BEFORE_DLQ) {
    super(scope, id);
    this.deadLetters = deadLetterQueue(this, 'DeadLetters');
    this.queue = new Queue(this, 'Queue', {
      ...closed,
      visibilityTimeout: Duration.seconds(6 * consumerTimeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: receivesBeforeDlq },
    });
  }
}
