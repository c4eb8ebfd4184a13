import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../clock/clock.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { freshFolder, startTemplate } from '../../assembly.ts';

const START = Date.parse('2026-01-01T00:00:10Z');
const HOUR = 3_600_000;
const queue = { Type: 'AWS::SQS::Queue' };
const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

describe('events in virtual time', () => {
  let runtime: Runtime;
  afterEach(() => runtime.stop());

  const pass = (clock: VirtualClock, ms: number) =>
    clock.runUntil(new Promise<void>((resolve) => clock.at(clock.nowMs() + ms, () => setImmediate(resolve))));

  async function receivedBy(logicalId: string): Promise<Message[]> {
    const client = new SQSClient(runtime.clientConfig());
    const request = {
      QueueUrl: runtime.resource(logicalId).ref,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      VisibilityTimeout: 43_200,
    };
    const all: Message[] = [];
    for (;;) {
      const { Messages = [] } = await client.send(new ReceiveMessageCommand(request));
      if (Messages.length === 0) return all;
      all.push(...Messages);
    }
  }
  const events = async (logicalId: string) => (await receivedBy(logicalId)).map((message) => JSON.parse(message.Body ?? ''));

  it('fires a scheduled rule at its exact times, a whole day of them in milliseconds', async () => {
    const clock = new VirtualClock(START);
    const Properties = { ScheduleExpression: 'cron(0/30 * * * ? *)', Targets: [{ Id: 'q', Arn: arn('Ticks') }] };
    runtime = await startTemplate({ Resources: { Ticks: queue, Sweep: { Type: 'AWS::Events::Rule', Properties } } }, clock);

    await pass(clock, 24 * HOUR);
    const ticks = await events('Ticks');

    const expected = Array.from({ length: 48 }, (_, i) =>
      new Date(Date.parse('2026-01-01T00:30:00Z') + (i * HOUR) / 2).toISOString().replace('.000', ''),
    );
    expect(ticks.map((tick) => tick.time)).toEqual(expected);
    expect(ticks[0]).toMatchObject({
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
      resources: [runtime.resource('Sweep').attributes.Arn],
      detail: {},
    });
  });

  it('keeps the next time of a schedule over a restart, and fires a missed one once', async () => {
    const folder = freshFolder();
    const schedule = (expression: string) => ({
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        ScheduleExpression: expression,
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Arn: arn('Reports'), RoleArn: 'arn:aws:iam::000000000000:role/r', Input: '{"at":"<aws.scheduler.scheduled-time>"}' },
      },
    });
    const template = { Resources: { Reports: queue, Weekly: schedule('rate(1 hour)') } };
    runtime = await startTemplate(template, new VirtualClock(START), folder);
    await runtime.stop();

    const later = new VirtualClock(START + 3.5 * HOUR);
    runtime = await startTemplate(template, later, folder);
    await pass(later, HOUR);

    expect((await events('Reports')).map(({ at }) => at)).toEqual(['2026-01-01T01:00:10Z', '2026-01-01T04:00:10Z']);
  });

  it('retries a target that fails on the clock and then gives the event to the dead-letter queue with the reason', async () => {
    const clock = new VirtualClock(START);
    const lost = 'arn:aws:sqs:us-east-1:000000000000:nowhere';
    const Targets = [{ Id: 'q', Arn: lost, DeadLetterConfig: { Arn: arn('Dead') } }];
    runtime = await startTemplate(
      { Resources: { Dead: queue, Rule: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['app'] }, Targets } } } },
      clock,
    );

    await put({ Source: 'app', DetailType: 'x', Detail: '{"n":1}' });
    await pass(clock, 1000);
    const [message] = await receivedBy('Dead');

    expect(JSON.parse(message?.Body ?? '')).toMatchObject({ source: 'app', detail: { n: 1 } });
    expect(message?.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: 'AccessDeniedException' },
      TARGET_ARN: { StringValue: lost },
    });
  });

  it('fills an input template with values in place and text inside quotes', async () => {
    const InputTransformer = {
      InputPathsMap: { id: '$.detail.id', count: '$.detail.items[1].count', none: '$.detail.none', kind: '$.detail-type' },
      InputTemplate: '{"id":<id>,"count":<count>,"none":<none>,"text":"<kind> of <id> by <aws.events.rule-name>"}',
    };
    const Targets = [{ Id: 'q', Arn: arn('Out'), InputTransformer }];
    const Properties = { Name: 'fill', EventPattern: { source: [{ prefix: 'app' }] }, Targets };
    const clock = new VirtualClock(START);
    runtime = await startTemplate({ Resources: { Out: queue, Rule: { Type: 'AWS::Events::Rule', Properties } } }, clock);

    await put({ Source: 'app.x', DetailType: 'sale', Detail: '{"id":"a\\"b","items":[{},{"count":2}]}' });
    await pass(clock, 1000);

    expect(await events('Out')).toEqual([{ id: 'a"b', count: 2, none: null, text: 'sale of a"b by fill' }]);
  });

  it('publishes events of its own on the default bus and forwards them to another bus', async () => {
    const clock = new VirtualClock(START);
    const pattern = { source: ['aws.states'] };
    const template = {
      Resources: {
        Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'other' } },
        Forward: { Type: 'AWS::Events::Rule', Properties: { EventPattern: pattern, Targets: [{ Id: 'b', Arn: arn('Bus') }] } },
        Out: queue,
        Onward: {
          Type: 'AWS::Events::Rule',
          Properties: { EventBusName: { Ref: 'Bus' }, EventPattern: pattern, Targets: [{ Id: 'q', Arn: arn('Out') }] },
        },
      },
    };
    runtime = await startTemplate(template, clock);

    runtime.hosts.events.publish({
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      detail: { status: 'FAILED' },
    });
    await pass(clock, 1000);

    expect(await events('Out')).toMatchObject([{ source: 'aws.states', detail: { status: 'FAILED' } }]);
  });

  it('refuses what AWS refuses: a malformed detail, an unknown bus, eleven entries', async () => {
    runtime = await startTemplate({ Resources: {} }, new VirtualClock(START));
    const good = { Source: 'app', DetailType: 'x', Detail: '{}' };

    expect((await put({ ...good, Detail: '[]' })).Entries?.[0]?.ErrorCode).toBe('MalformedDetail');
    await expect(put({ ...good, EventBusName: 'nope' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(put(...Array.from({ length: 11 }, () => good))).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('names a target that it cannot deliver to when the template is applied', async () => {
    runtime = await startTemplate({ Resources: {} }, new VirtualClock(START));
    const Properties = { EventPattern: { source: ['a'] }, Targets: [{ Id: 'x', Arn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s' }] };

    const start = startTemplate({ Resources: { Odd: { Type: 'AWS::Events::Rule', Properties } } }, new VirtualClock(START));

    await expect(start).rejects.toThrow(/Odd.*kinesis/s);
  });

  function put(...Entries: object[]) {
    return new EventBridgeClient(runtime.clientConfig()).send(new PutEventsCommand({ Entries }));
  }
});
