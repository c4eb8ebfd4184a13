import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, expect, it } from 'vitest';
import { VirtualClock } from '../../../clock/clock.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { startTemplate } from '../../assembly.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const fn = (ZipFile: string) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Handler: 'index.handler', Runtime: 'nodejs24.x', Role: arn('Role'), Code: { ZipFile } },
});
const template = {
  Resources: {
    Role: { Type: 'AWS::IAM::Role' },
    Issues: {
      Type: 'AWS::SQS::Queue',
      Properties: { VisibilityTimeout: 60, RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 3 } },
    },
    Dead: { Type: 'AWS::SQS::Queue' },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'rows',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      },
    },
    Poisoned: fn('exports.handler = async (event) => { console.log("tried", event.Records[0].body); throw new Error("no"); };'),
    Reader: fn('exports.handler = async (event) => { for (const r of event.Records) console.log("row", r.dynamodb.NewImage.id.S); };'),
    FromQueue: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { FunctionName: { Ref: 'Poisoned' }, EventSourceArn: arn('Issues'), BatchSize: 10 },
    },
    FromTable: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { Ref: 'Reader' },
        EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 10,
      },
    },
  },
};

let runtime: Runtime;
afterEach(() => runtime.stop());

it('a queue and a stream reach their functions, and what a function cannot take ends in the dead-letter queue in clock time', async () => {
  const clock = new VirtualClock(START);
  runtime = await startTemplate(template, clock);
  const queue = new SQSClient(runtime.clientConfig());

  await queue.send(new SendMessageCommand({ QueueUrl: runtime.resource('Issues').ref, MessageBody: 'poison' }));
  await new DynamoDBClient(runtime.clientConfig()).send(new PutItemCommand({ TableName: 'rows', Item: { id: { S: 'one' } } }));
  await clock.runUntil(new Promise<void>((resolve) => clock.at(START + 600_000, resolve)));
  const { Attributes } = await queue.send(
    new GetQueueAttributesCommand({ QueueUrl: runtime.resource('Issues').ref, AttributeNames: ['All'] }),
  );
  const dead = await queue.send(new ReceiveMessageCommand({ QueueUrl: runtime.resource('Dead').ref }));

  const lines = (name: string, word: string) =>
    runtime.hosts.lambda.logLines(runtime.resource(name).ref).filter((line) => line.includes(word));
  expect(lines('Poisoned', 'tried poison')).toHaveLength(3);
  expect(lines('Reader', 'row one')).toHaveLength(1);
  expect(dead.Messages?.[0]?.Body).toBe('poison');
  expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' });
});
