import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { realClock } from '../../clock/clock.ts';
import { startRuntime } from '../../runtime/runtime.ts';
import { cloudAssembly, freshFolder } from '../assembly.ts';
import { permitted } from '../permitted.ts';

const template = {
  Resources: {
    Queue: { Type: 'AWS::SQS::Queue' },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { source: ['app'] },
        Targets: [{ Id: 'q', Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, InputPath: '$.detail' }],
      },
    },
  },
};

/** Runs the writer until it reports this many accepted events, kills it, and returns its report. */
async function killedAfter(accepted: number, folder: string, dataDir: string): Promise<number[]> {
  const writer = spawn(process.execPath, [fileURLToPath(new URL('./runtime-crash-writer.ts', import.meta.url)), folder, dataDir]);
  let output = '';
  writer.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
    if (output.split('\n').length > accepted) writer.kill('SIGKILL');
  });
  await once(writer, 'close');
  return output.split('\n').slice(0, -1).map(Number);
}

it('delivers every event that was accepted before a kill -9, after the next start', async () => {
  const [folder, dataDir] = [cloudAssembly(permitted(template)), freshFolder()];
  const accepted = await killedAfter(40, folder, dataDir);

  const runtime = await startRuntime({ cloudAssembly: folder, stackName: 'Sluice', dataDir, clock: realClock(), log: () => undefined });
  const client = new SQSClient(runtime.clientConfig());
  const delivered = new Set<number>();
  while (accepted.some((n) => !delivered.has(n))) {
    const request = { QueueUrl: runtime.resource('Queue').ref, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 };
    const { Messages } = await client.send(new ReceiveMessageCommand(request));
    if (!Messages) break;
    for (const { Body } of Messages) delivered.add(JSON.parse(Body ?? '').n);
  }
  await runtime.stop();

  expect(accepted.length).toBeGreaterThanOrEqual(40);
  expect(accepted.filter((n) => !delivered.has(n))).toEqual([]);
});
