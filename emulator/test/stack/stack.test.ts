import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../clock/clock.ts';
import { startRuntime } from '../../runtime/runtime.ts';
import { cloudAssembly, freshFolder } from '../assembly.ts';

const queue = (QueueName: unknown, more: object = {}) => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName }, ...more });
const imported = { 'Fn::ImportValue': 'other' };

/** Returns the lines of a refusal; none if the template is hosted. */
async function refusalOf(template: object): Promise<string[]> {
  const options = { stackName: 'Sluice', dataDir: freshFolder(), clock: new VirtualClock(0), log: () => undefined };
  try {
    const runtime = await startRuntime({ cloudAssembly: cloudAssembly(template), ...options });
    await runtime.stop();
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
}

describe('creating a stack', () => {
  it('refuses a transform by name', async () => {
    expect(await refusalOf({ Transform: 'AWS::Serverless-2016-10-31', Resources: {} })).toEqual([
      'Transform (template): the transform AWS::Serverless-2016-10-31 is not hosted',
    ]);
  });

  it('refuses a parameter without a value', async () => {
    const template = { Parameters: { Name: { Type: 'String' } }, Resources: { Queue: queue({ Ref: 'Name' }) } };

    expect(await refusalOf(template)).toEqual(['Queue (AWS::SQS::Queue): The parameter Name has no default value']);
  });

  it('reports a used port as a failure, not as a refusal', async () => {
    const api = { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } };
    const options = { cloudAssembly: cloudAssembly({ Resources: { Api: api } }), stackName: 'Sluice', dataDir: freshFolder() };
    const start = () => startRuntime({ ...options, clock: new VirtualClock(0), log: () => undefined });
    const first = await start();

    const second = start().catch((error: Error) => error);

    expect(await second).toMatchObject({
      name: 'Error',
      message: expect.stringMatching(/^Api \(AWS::ApiGatewayV2::Api\): listen EADDRINUSE/),
    });
    await first.stop();
  });

  it('ignores an unknown intrinsic function in a branch and in a resource that no condition chooses', async () => {
    const template = {
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: {
        Chosen: queue({ 'Fn::If': ['Never', imported, 'plain'] }),
        Absent: queue(imported, { Condition: 'Never' }),
      },
    };

    expect(await refusalOf(template)).toEqual([]);
  });

  it('checks no resource that needs a refused one, and says so', async () => {
    const template = {
      Resources: {
        First: queue(imported),
        Second: queue({ Ref: 'First' }),
        Third: queue('third', { DependsOn: ['Second'] }),
        Fourth: { Type: 'AWS::SQS::Queue', Properties: { Color: 'red', Size: 'large' } },
      },
      Outputs: { Name: { Value: { Ref: 'Second' } } },
    };

    expect(await refusalOf(template)).toEqual([
      'First (AWS::SQS::Queue): the intrinsic function Fn::ImportValue is not supported locally',
      'Fourth (AWS::SQS::Queue): Unrecognized keys: "Color", "Size"',
      'not checked, because they need the above: Second, Third',
    ]);
  });
});
