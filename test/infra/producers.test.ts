import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Runtime, realClock, startRuntime } from '@sluice/emulator';
import { freshFolder } from '@sluice/emulator/testing';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BufferedQueue } from '../../infra/queues.ts';
import { IssueBus } from '../../infra/sources.ts';

const arnOf = (roleName: string) => `arn:aws:iam::000000000000:role/${roleName}`;
const everything = new PolicyDocument({
  statements: [new PolicyStatement({ actions: ['events:PutEvents', 'sqs:SendMessage'], resources: ['*'] })],
});

/** The bus of Sluice, and two roles of the account that may put events on any bus. */
function synthesised(): string {
  const app = new App({ outdir: freshFolder(), analyticsReporting: false });
  const stack = new Stack(app, 'Sluice');
  const queue = new BufferedQueue(stack, 'BusIssues', Duration.seconds(30));
  const { bus } = new IssueBus(stack, 'IssueBus', queue, { 'ci.shop': arnOf('ci'), 'scanner.shop': arnOf('scanner') });
  for (const roleName of ['ci', 'stranger'])
    new Role(stack, roleName, { roleName, assumedBy: new ServicePrincipal('lambda.amazonaws.com'), inlinePolicies: { All: everything } });
  new CfnOutput(stack, 'BusName', { value: bus.eventBusName });
  new CfnOutput(stack, 'QueueUrl', { value: queue.queue.queueUrl });
  return app.synth().directory;
}

let runtime: Runtime;
beforeAll(async () => {
  runtime = await startRuntime({
    cloudAssembly: synthesised(),
    stackName: 'Sluice',
    dataDir: freshFolder(),
    clock: realClock(),
    log: () => undefined,
  });
});
afterAll(() => runtime.stop());

const put = (role: string, ...sources: string[]) => {
  const entry = { DetailType: 'Issue Detected', Detail: '{}', EventBusName: runtime.outputs.BusName };
  const Entries = sources.map((Source) => ({ ...entry, Source }));
  return new EventBridgeClient(runtime.clientConfig(arnOf(role))).send(new PutEventsCommand({ Entries }));
};
const posing = /not authorized to perform: events:PutEvents .* with an explicit deny in a resource-based policy/;

describe('the bus for issues', () => {
  it('takes events of a source from its producer', async () => {
    await put('ci', 'ci.shop');

    const { Messages = [] } = await new SQSClient(runtime.clientConfig()).send(
      new ReceiveMessageCommand({ QueueUrl: runtime.outputs.QueueUrl, WaitTimeSeconds: 5 }),
    );
    expect(Messages.map(({ Body = '' }) => JSON.parse(Body).source)).toEqual(['ci.shop']);
  });

  it('denies events of a source to all other principals of the account', async () => {
    await expect(put('stranger', 'ci.shop')).rejects.toThrow(posing);
    await expect(put('ci', 'scanner.shop')).rejects.toThrow(posing);
  });

  it('denies a request that contains a foreign source among allowed ones', async () => {
    await expect(put('stranger', 'a.b', 'ci.shop', 'c.d')).rejects.toThrow(posing);
  });

  it('takes a source without a producer from any principal of the account', async () => {
    await expect(put('stranger', 'a.b')).resolves.toMatchObject({ FailedEntryCount: 0 });
  });

  it('is the only way to its queue: only its rule may send there', async () => {
    const forged = new SendMessageCommand({ QueueUrl: runtime.outputs.QueueUrl, MessageBody: '{"source":"ci.shop"}' });

    await expect(new SQSClient(runtime.clientConfig(arnOf('stranger'))).send(forged)).rejects.toThrow(/explicit deny in a resource-based/);
  });
});
