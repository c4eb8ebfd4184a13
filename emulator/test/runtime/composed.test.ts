import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, expect, it } from 'vitest';
import { VirtualClock } from '../../clock/clock.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { startTemplate } from '../assembly.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const DAY = 86_400_000;
const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const definition = {
  QueryLanguage: 'JSONata',
  StartAt: 'Ask',
  States: {
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: { FunctionName: '{% $states.input.functionArn %}', Payload: { day: 1 } },
      Output: '{% $states.result.Payload %}',
      Next: 'Sleep',
    },
    Sleep: { Type: 'Wait', Seconds: 86_400, End: true },
  },
};
const role = { Type: 'AWS::IAM::Role' };
const template = {
  Resources: {
    Role: role,
    Answer: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Role: arn('Role'),
        Code: { ZipFile: 'exports.handler = async (event) => ({ answered: event.day, at: new Date().toISOString() });' },
      },
    },
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: { RoleArn: arn('Role'), DefinitionString: JSON.stringify(definition) },
    },
    Daily: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        ScheduleExpression: 'at(2026-01-02T00:00:00)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: arn('Machine'),
          RoleArn: arn('Role'),
          Input: { 'Fn::Join': ['', ['{"functionArn":"', arn('Answer'), '"}']] },
        },
      },
    },
    Ended: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { source: ['aws.states'], detail: { status: ['SUCCEEDED'] } },
        Targets: [{ Id: 'q', Arn: arn('Endings') }],
      },
    },
    Endings: { Type: 'AWS::SQS::Queue' },
  },
};

let runtime: Runtime;
afterEach(() => runtime.stop());

it('schedule, state machine, function, status event, rule and queue work together through two days of virtual time', async () => {
  const clock = new VirtualClock(START);
  runtime = await startTemplate(template, clock);

  await clock.runUntil(new Promise<void>((resolve) => clock.at(START + 2 * DAY + 60_000, resolve)));
  const queue = new SQSClient(runtime.clientConfig());
  const { Messages = [] } = await queue.send(new ReceiveMessageCommand({ QueueUrl: runtime.resource('Endings').ref }));

  const event = JSON.parse(Messages[0]?.Body ?? '{}');
  expect(event).toMatchObject({
    source: 'aws.states',
    time: '2026-01-03T00:00:00Z',
    detail: { startDate: START + DAY, stopDate: START + 2 * DAY },
  });
  expect(JSON.parse(event.detail.output)).toEqual({ answered: 1, at: '2026-01-02T00:00:00.000Z' });
});
