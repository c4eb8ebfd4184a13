import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { SqsOutbox } from '#messages/outbox.sqs';

const sqs = mockClient(SQSClient);
const outbox = new SqsOutbox(new SQSClient({ region: 'us-east-1' }), 'https://q');

beforeEach(() => sqs.reset());

describe('SqsOutbox', () => {
  it('queues a message by its deployment and kind, without its text', async () => {
    sqs.on(SendMessageCommand).resolves({});

    await outbox.order({ deploymentId: 'd', kind: 'critical' });

    expect(sqs.commandCalls(SendMessageCommand)[0]?.args[0].input).toEqual({
      QueueUrl: 'https://q',
      MessageBody: '{"deploymentId":"d","kind":"critical"}',
    });
  });

  it('throws when SQS refuses a message', async () => {
    sqs.on(SendMessageCommand).rejects(new Error('QueueDoesNotExist'));

    await expect(outbox.order({ deploymentId: 'd', kind: 'deployed' })).rejects.toThrow('QueueDoes');
  });
});
