import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../command/report.ts';
import { freshFolder } from '../assembly.ts';
import { synthesiseShop, synthesiseTwo, synthesiseUnhosted } from './apps.ts';

const main = fileURLToPath(new URL('../../main.ts', import.meta.url));
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Runs the command to its end. */
function end(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: freshFolder() });
  return { status, stdout, stderr };
}

/** Starts the command and waits for its report. */
async function start(...args: string[]): Promise<{ child: ChildProcess; report: Report }> {
  const child = spawn(process.execPath, [main, ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'], cwd: freshFolder() });
  running.push(child);
  if (!child.stdout) throw new Error('The command has no output');
  for await (const line of createInterface(child.stdout)) return { child, report: JSON.parse(line) };
  throw new Error('The command ended without a report');
}

const queueOf = ({ endpoint, region, credentials }: Report) => new SQSClient({ endpoint, region, credentials });

describe('the emulator command', () => {
  let shop: string;
  beforeAll(() => {
    shop = synthesiseShop(freshFolder());
  });

  it('hosts a CDK app and reports what it hosts, what it skips and how to use it', async () => {
    const dataDir = join(freshFolder(), 'data');

    const { report } = await start(shop, '--data-dir', dataDir);
    const page = await fetch(`${report.httpApis.Api}/shelf`);

    expect(report).toMatchObject({ stack: 'Shop', dataDir, resumed: false, region: 'us-east-1' });
    expect(Object.keys(report.hosted)).toEqual(
      expect.arrayContaining([
        'AWS::SQS::Queue',
        'AWS::DynamoDB::GlobalTable',
        'AWS::Lambda::Function',
        'AWS::StepFunctions::StateMachine',
      ]),
    );
    expect(Object.entries(report.skipped)).toMatchObject([['AWS::CloudWatch::Alarm', { resources: [expect.stringMatching(/^Late/)] }]]);
    expect(await page.text()).toBe('hello /shelf');
  });

  it('resumes from its data folder after kill -9, under the same address', async () => {
    const dataDir = freshFolder();
    const first = await start(shop, '--data-dir', dataDir);
    const QueueUrl = first.report.outputs.OrdersUrl;
    await queueOf(first.report).send(new SendMessageCommand({ QueueUrl, MessageBody: 'two pots' }));
    const gone = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await gone;

    const second = await start(shop, '--data-dir', dataDir);
    const { Messages = [] } = await queueOf(second.report).send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));

    expect(second.report).toMatchObject({ resumed: true, endpoint: first.report.endpoint });
    expect(Messages.map(({ Body }) => Body)).toEqual(['two pots']);
  });

  it('refuses a data folder that another emulator uses', async () => {
    const dataDir = freshFolder();
    const { child } = await start(shop, '--data-dir', dataDir);

    const { status, stderr } = end(shop, '--data-dir', dataDir);

    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('another emulator uses this folder') });
    expect(child.exitCode).toBeNull();
  });

  it('stops with exit code 0 on Ctrl-C', async () => {
    const { child } = await start(shop);
    const exit = once(child, 'exit');

    child.kill('SIGINT');

    expect(await exit).toEqual([0, null]);
  });

  it('prints the addresses, the credentials and the data folder as text', async () => {
    const child = spawn(process.execPath, [main, shop], { stdio: ['ignore', 'pipe', 'inherit'], cwd: freshFolder() });
    running.push(child);
    let text = '';
    for await (const chunk of child.stdout) {
      text += chunk;
      if (text.includes('Ctrl-C')) break;
    }

    expect(text).toMatch(/^ {2}AWS::SQS::Queue +1$/m);
    expect(text).toMatch(/^ {2}AWS::CloudWatch::Alarm +1 {2}\w/m);
    expect(text).toMatch(/^ {2}Api {2}http:\/\/127\.0\.0\.1:\d+$/m);
    expect(text).toMatch(/^Endpoint: http:\/\/127\.0\.0\.1:\d+$/m);
    expect(text).toContain('AWS_ACCESS_KEY_ID=operator');
    expect(text).toMatch(/^Data: .*\.emulator\/Shop, new$/m);
  });

  it('names every type, intrinsic, property and operation that it does not host', () => {
    const odd = synthesiseUnhosted(freshFolder());
    const dataDir = join(freshFolder(), 'data');

    const { status, stderr } = end(odd, '--data-dir', dataDir);

    expect(status).toBe(2);
    expect(stderr.trim().split(/\n */)).toEqual([
      'This emulator does not host:',
      'Vpc (AWS::EC2::VPC): no local host knows this resource type',
      'SubnetA, SubnetB (AWS::EC2::Subnet): no local host knows this resource type',
      'Shared (AWS::SQS::Queue): the intrinsic function Fn::ImportValue is not supported locally',
      'Ordered (AWS::SQS::Queue): FifoQueue: FIFO queues are not supported locally',
      expect.stringMatching(/^Machine \(.*'arn:aws:states:::sns:publish' is not supported locally at \/States\/One\/Resource$/),
      expect.stringMatching(/^Machine \(.*'arn:aws:states:::ecs:runTask.sync' is not supported locally at \/States\/Two\/Resource$/),
      'Imported (output): the intrinsic function Fn::ImportValue is not supported locally',
      'not checked, because they need the above: Needs',
    ]);
    expect(existsSync(dataDir)).toBe(false);
    expect(JSON.parse(end(odd, '--json').stdout).refused).toHaveLength(8);
  });

  it('asks for the stack if an assembly has several', async () => {
    const two = synthesiseTwo(freshFolder());

    const { report } = await start(two, '--stack', 'shop-back');

    expect(end(two)).toMatchObject({ status: 2, stderr: expect.stringContaining('--stack NAME: Front, Back') });
    expect(end(two, '--stack', 'Side')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('has no stack Side. It has: Front, Back'),
    });
    expect(report.stack).toBe('Back');
  });

  it.each<[string, (folder: string) => string[], string]>([
    ['a folder that does not exist', (folder) => [join(folder, 'none')], 'no such folder'],
    ['a folder that is no assembly', (folder) => [folder], 'has no manifest.json'],
    ['a manifest that is no JSON', (folder) => [assemblyOf(folder, '{')], 'is not the manifest of a cloud assembly'],
    ['an assembly without a stack', (folder) => [assemblyOf(folder, '{}')], 'has no stack'],
    ['a port that is no port', (folder) => [folder, '--port', '99999'], 'A port is a whole number from 0 to 65535'],
    ['no folder at all', () => [], "missing required argument 'assembly'"],
  ])('refuses %s with exit code 2', (_what, argumentsIn, message) => {
    const { status, stderr } = end(...argumentsIn(freshFolder()));

    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(message) });
  });

  it('refuses a data folder with files of others', () => {
    const dataDir = freshFolder();
    writeFileSync(join(dataDir, 'diary.txt'), 'mine');

    const { status, stderr } = end(shop, '--data-dir', dataDir);

    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('is not empty and has no data of this emulator') });
  });
});

function assemblyOf(folder: string, manifest: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'manifest.json'), manifest);
  return folder;
}
