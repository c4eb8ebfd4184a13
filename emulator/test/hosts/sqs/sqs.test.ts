import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../clock/clock.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { freshFolder, startTemplate } from '../../assembly.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const template = {
  Resources: {
    Issues: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: 'issues',
        VisibilityTimeout: 60,
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 2 },
      },
    },
    Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
  },
};

describe('a queue in virtual time', () => {
  let clock: VirtualClock;
  let runtime: Runtime;
  let client: SQSClient;
  let folder: string;

  beforeEach(async () => {
    folder = freshFolder();
    clock = new VirtualClock(START);
    runtime = await startTemplate(template, clock, folder);
    client = new SQSClient(runtime.clientConfig());
  });
  afterEach(() => runtime.stop());

  const url = (name: string) => runtime.resource(name).ref;
  const pass = (seconds: number) => clock.runUntil(new Promise<void>((resolve) => clock.at(clock.nowMs() + seconds * 1000, resolve)));
  const send = (body: string, more: object = {}) =>
    client.send(new SendMessageCommand({ QueueUrl: url('Issues'), MessageBody: body, ...more }));
  const receive = async (queue = 'Issues'): Promise<Message[]> => {
    const request = {
      QueueUrl: url(queue),
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All' as const],
      MessageAttributeNames: ['All'],
    };
    return (await client.send(new ReceiveMessageCommand(request))).Messages ?? [];
  };
  const bodies = (messages: Message[]) => messages.map((message) => message.Body);

  it('hides a received message until its visibility timeout has passed on the clock, not on the wall', async () => {
    await send('fix me');
    expect(bodies(await receive())).toEqual(['fix me']);

    await pass(59);
    expect(await receive()).toEqual([]);
    await pass(1);

    expect((await receive())[0]?.Attributes?.ApproximateReceiveCount).toBe('2');
  });

  it('forgets a message that was deleted', async () => {
    await send('done');
    const [message] = await receive();

    await client.send(new DeleteMessageCommand({ QueueUrl: url('Issues'), ReceiptHandle: message?.ReceiptHandle }));
    await pass(61);

    expect(await receive()).toEqual([]);
  });

  it('delays a message, and brings one back early when its visibility is changed to zero', async () => {
    await send('later', { DelaySeconds: 10 });
    expect(await receive()).toEqual([]);

    await pass(10);
    const [message] = await receive();
    await client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: url('Issues'), ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 }),
    );

    expect(bodies(await receive())).toEqual(['later']);
  });

  it('moves a message that was received too often to the dead-letter queue, and back by a redrive', async () => {
    await send('poison');
    for (let i = 0; i < 2; i++) {
      await receive();
      await pass(60);
    }
    expect(await receive()).toEqual([]);
    const dead = await receive('Dead');
    await pass(30);

    await client.send(new StartMessageMoveTaskCommand({ SourceArn: runtime.resource('Dead').attributes.Arn }));

    expect(dead[0]?.Attributes?.DeadLetterQueueSourceArn).toBe(runtime.resource('Issues').attributes.Arn);
    expect(bodies(await receive())).toEqual(['poison']);
  });

  it('lets a long poll wait in clock time and answers it as soon as a message comes', async () => {
    const waiting = client.send(new ReceiveMessageCommand({ QueueUrl: url('Issues'), WaitTimeSeconds: 20 }));
    await send('here');

    expect(bodies((await waiting).Messages ?? [])).toEqual(['here']);
  });

  it('handles a batch entry by entry and keeps attributes', async () => {
    const MessageAttributes = { kind: { DataType: 'String', StringValue: 'scan' } };
    const Entries = [
      { Id: 'a', MessageBody: 'one', MessageAttributes },
      { Id: 'b', MessageBody: '' },
    ];

    const sent = await client.send(new SendMessageBatchCommand({ QueueUrl: url('Issues'), Entries }));
    const [message] = await receive();

    expect([sent.Successful?.map((s) => s.Id), sent.Failed?.map((f) => f.Code)]).toEqual([['a'], ['MissingParameter']]);
    expect(message?.MessageAttributes).toEqual(MessageAttributes);
    expect(message?.Attributes?.SentTimestamp).toBe(String(START));
  });

  it('refuses a queue that does not exist and an operation that it does not know', async () => {
    const { AddPermissionCommand } = await import('@aws-sdk/client-sqs');
    const missing = () => client.send(new SendMessageCommand({ QueueUrl: `${runtime.endpoint}/000000000000/nowhere`, MessageBody: 'x' }));
    const unknown = () =>
      client.send(new AddPermissionCommand({ QueueUrl: url('Issues'), Label: 'x', AWSAccountIds: ['1'], Actions: ['*'] }));

    await expect(missing()).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await expect(unknown()).rejects.toThrow('SQS AddPermission is not supported locally');
  });

  it('refuses properties that it does not know and FIFO queues, by name', async () => {
    const queue = (Properties: object) => startTemplate({ Resources: { Odd: { Type: 'AWS::SQS::Queue', Properties } } }, clock);

    await expect(queue({ Colour: 'red' })).rejects.toThrow(/Odd.*Colour/s);
    await expect(queue({ FifoQueue: true })).rejects.toThrow(/Odd.*FIFO queues are not supported/s);
  });

  it('keeps every message over a restart, those in flight included', async () => {
    await send('in flight');
    await receive();
    await send('waiting');
    const before = url('Issues');
    await runtime.stop();

    runtime = await startTemplate(template, clock, folder);
    client = new SQSClient(runtime.clientConfig());
    expect(url('Issues')).toBe(before);
    const counted = new GetQueueAttributesCommand({ QueueUrl: url('Issues'), AttributeNames: ['All'] });
    const { Attributes } = await client.send(counted);
    expect(bodies(await receive())).toEqual(['waiting']);
    await pass(60);

    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '1',
      VisibilityTimeout: '60',
    });
    expect(bodies(await receive())).toContain('in flight');
  });
});
