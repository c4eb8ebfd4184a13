import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../clock/clock.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { freshFolder, startTemplate } from '../../assembly.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const ROLE = 'arn:aws:iam::000000000000:role/Function';

const functionOf = (source: string) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Runtime: 'nodejs24.x', Role: ROLE, Handler: 'index.handler', Timeout: 20, Code: { ZipFile: source } },
});
const arn = (name: string, attribute = 'Arn') => ({ 'Fn::GetAtt': [name, attribute] });
const mapping = (functionName: string, source: unknown, more: object) => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: { FunctionName: { Ref: functionName }, EventSourceArn: source, ...more },
});

const queueConsumer = `exports.handler = async ({ Records }) => {
  console.log('batch ' + JSON.stringify(Records.map((r) => r.body)));
  if (Records.some((r) => r.body.includes('explode'))) throw new Error('exploded');
  return { batchItemFailures: Records.filter((r) => r.body.includes('bad')).map((r) => ({ itemIdentifier: r.messageId })) };
};`;
const streamConsumer = `exports.handler = async ({ Records }) => {
  const keys = Records.map((r) => r.eventName + ' ' + r.dynamodb.Keys.id.S);
  console.log('batch ' + JSON.stringify(keys));
  console.log('first ' + JSON.stringify(Records[0]));
  if (keys.some((key) => key.includes('poison'))) throw new Error('poisoned');
  return { batchItemFailures: [] };
};`;
const reportingConsumer = `let failedOnce = false;
exports.handler = async ({ Records }) => {
  console.log('batch ' + JSON.stringify(Records.map((r) => r.dynamodb.Keys.id.S)));
  const bad = Records.find((r) => r.dynamodb.Keys.id.S === 'flaky');
  if (!bad || failedOnce) return { batchItemFailures: [] };
  failedOnce = true;
  return { batchItemFailures: [{ itemIdentifier: bad.dynamodb.SequenceNumber }] };
};`;

const table = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  },
};

const template = {
  Resources: {
    Issues: {
      Type: 'AWS::SQS::Queue',
      Properties: { VisibilityTimeout: 60, RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 2 } },
    },
    Dead: { Type: 'AWS::SQS::Queue', Properties: {} },
    Discarded: { Type: 'AWS::SQS::Queue', Properties: {} },
    Picky: { Type: 'AWS::SQS::Queue', Properties: {} },
    Consumer: functionOf(queueConsumer),
    Filtered: functionOf(queueConsumer),
    FromIssues: mapping('Consumer', arn('Issues'), { BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] }),
    FromPicky: mapping('Filtered', arn('Picky'), { FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["wanted"]}}' }] } }),
    Rows: table,
    Archive: functionOf(streamConsumer),
    FromRows: mapping('Archive', arn('Rows', 'StreamArn'), {
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: arn('Discarded') } },
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT","REMOVE"]}' }] },
    }),
    Counted: table,
    Counter: functionOf(reportingConsumer),
    FromCounted: mapping('Counter', arn('Counted', 'StreamArn'), {
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    }),
  },
};

let folder: string;
let clock: VirtualClock;
let runtime: Runtime;

beforeEach(async () => {
  folder = freshFolder();
  clock = new VirtualClock(START);
  runtime = await startTemplate(template, clock, folder);
});
afterEach(() => runtime.stop());

const pass = (seconds: number) => clock.runUntil(new Promise<void>((resolve) => clock.at(clock.nowMs() + seconds * 1000, resolve)));
const batches = (name: string) =>
  runtime.hosts.lambda
    .logLines(runtime.resource(name).ref)
    .filter((line) => line.startsWith('batch '))
    .map((line) => JSON.parse(line.slice(6)));

describe('a queue that feeds a function', () => {
  const client = () => new SQSClient(runtime.clientConfig());
  const url = (name: string) => runtime.resource(name).ref;
  const send = (queue: string, ...bodies: string[]) => {
    const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    return client().send(new SendMessageBatchCommand({ QueueUrl: url(queue), Entries }));
  };
  const left = async (queue: string) => {
    const names = ['ApproximateNumberOfMessages' as const, 'ApproximateNumberOfMessagesNotVisible' as const];
    const { Attributes } = await client().send(new GetQueueAttributesCommand({ QueueUrl: url(queue), AttributeNames: names }));
    return Number(Attributes?.ApproximateNumberOfMessages) + Number(Attributes?.ApproximateNumberOfMessagesNotVisible);
  };

  it('empties a queue without time passing', async () => {
    await send('Issues', 'one', 'two');
    await pass(0);

    expect(batches('Consumer').flat().sort()).toEqual(['one', 'two']);
    expect(await left('Issues')).toBe(0);
  });

  it('returns only the failed messages to the queue, and buries them after their last receive', async () => {
    await send('Issues', 'good', 'bad');
    await pass(1);
    expect(await left('Issues')).toBe(1);
    await pass(61);
    expect(
      batches('Consumer')
        .flat()
        .filter((body) => body === 'bad'),
    ).toHaveLength(2);
    await pass(61);

    expect(
      batches('Consumer')
        .flat()
        .filter((body) => body === 'good'),
    ).toHaveLength(1);
    expect(await left('Issues')).toBe(0);
    expect(await left('Dead')).toBe(1);
  });

  it('returns the whole batch to the queue when the function throws', async () => {
    await send('Issues', 'explode', 'neighbour');
    await pass(1);
    expect(await left('Issues')).toBe(2);
  });

  it('drops what the filter does not want, and does not run the function for it', async () => {
    await send('Picky', '{"kind":"wanted"}', '{"kind":"other"}', 'no json');
    await pass(1);

    expect(batches('Filtered').flat()).toEqual(['{"kind":"wanted"}']);
    expect(await left('Picky')).toBe(0);
  });

  it('empties a queue after a restart', async () => {
    await runtime.stop();
    const { FromIssues, ...unconnected } = template.Resources;
    runtime = await startTemplate({ Resources: unconnected }, clock, folder);
    await client().send(new SendMessageCommand({ QueueUrl: url('Issues'), MessageBody: 'from before' }));
    await runtime.stop();

    runtime = await startTemplate(template, clock, folder);
    await pass(1);

    expect(batches('Consumer')).toEqual([['from before']]);
  });
});

describe('a stream that feeds a function', () => {
  const client = () => new DynamoDBClient(runtime.clientConfig());
  const put = (table: string, id: string, more: object = {}) =>
    client().send(new PutItemCommand({ TableName: runtime.resource(table).ref, Item: { id: { S: id }, ...more } }));

  it('delivers each wanted change once, in order, as Lambda writes it', async () => {
    await put('Rows', 'a');
    await put('Rows', 'a', { changed: { BOOL: true } });
    await put('Rows', 'b');
    await client().send(new DeleteItemCommand({ TableName: runtime.resource('Rows').ref, Key: { id: { S: 'a' } } }));
    await pass(1);

    expect(batches('Archive').flat()).toEqual(['INSERT a', 'INSERT b', 'REMOVE a']);
    const [line = ''] = runtime.hosts.lambda.logLines(runtime.resource('Archive').ref).filter((line) => line.startsWith('first '));
    expect(JSON.parse(line.slice(6))).toMatchObject({
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      eventSourceARN: runtime.resource('Rows').attributes.StreamArn,
      dynamodb: { NewImage: { id: { S: 'a' } } },
    });
  });

  it('splits a failing batch until the poisoned record is alone, and reports where it lies', async () => {
    const { FromRows, ...unconnected } = template.Resources;
    await runtime.stop();
    runtime = await startTemplate({ Resources: unconnected }, clock, folder);
    for (const id of ['a', 'b', 'poison', 'c']) await put('Rows', id);
    await runtime.stop();
    runtime = await startTemplate(template, clock, folder);
    await pass(60);

    const alone = batches('Archive').filter((batch) => batch.length === 1 && batch[0] === 'INSERT poison');
    expect(alone).toHaveLength(3);
    expect(batches('Archive').flat()).toContain('INSERT c');
    const request = { QueueUrl: runtime.resource('Discarded').ref };
    const { Messages } = await new SQSClient(runtime.clientConfig()).send(new ReceiveMessageCommand(request));
    expect(JSON.parse(Messages?.[0]?.Body ?? '')).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
      DDBStreamBatchInfo: { batchSize: 1, streamArn: runtime.resource('Rows').attributes.StreamArn },
    });
  });

  it('goes on at the record that the function named', async () => {
    const { FromCounted, ...unconnected } = template.Resources;
    await runtime.stop();
    runtime = await startTemplate({ Resources: unconnected }, clock, folder);
    for (const id of ['x', 'flaky', 'y']) await put('Counted', id);
    await runtime.stop();
    runtime = await startTemplate(template, clock, folder);
    await pass(60);

    expect(batches('Counter')).toEqual([
      ['x', 'flaky', 'y'],
      ['flaky', 'y'],
    ]);
  });

  it('goes on after a restart where it was', async () => {
    await put('Counted', 'before');
    await pass(1);
    await runtime.stop();
    runtime = await startTemplate(template, clock, folder);
    await put('Counted', 'after');
    await pass(1);

    expect(batches('Counter')).toEqual([['before'], ['after']]);
  });
});

describe('a mapping that AWS refuses', () => {
  const started = (queue: object, more: object) =>
    startTemplate(
      {
        Resources: {
          Orders: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders', ...queue } },
          Worker: functionOf(queueConsumer),
          FromOrders: mapping('Worker', arn('Orders'), more),
        },
      },
      new VirtualClock(START),
    ).then((started) => started.stop());

  it('refuses a queue with a visibility timeout shorter than the timeout of the function', async () => {
    await expect(started({ VisibilityTimeout: 19 }, {})).rejects.toThrow(
      /^FromOrders .*Queue visibility timeout: 19 seconds is less than Function timeout: 20 seconds: queue orders, function Worker/,
    );
    await expect(started({ VisibilityTimeout: 20 }, {})).resolves.toBeUndefined();
  });

  it('refuses a batch size above one receive without a batching window', async () => {
    await expect(started({}, { BatchSize: 11 })).rejects.toThrow(
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    );
    await expect(started({}, { BatchSize: 11, MaximumBatchingWindowInSeconds: 1 })).resolves.toBeUndefined();
  });
});
