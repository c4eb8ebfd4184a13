import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import {
  GetAliasCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../clock/clock.ts';
import { type Runtime, startRuntime } from '../../../runtime/runtime.ts';
import { cloudAssembly, freshFolder, startTemplate } from '../../assembly.ts';
import { lifeLine } from '../../life-line.ts';
import { permitted } from '../../permitted.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const echo = (text: string) => `exports.handler = async () => ({ text: ${JSON.stringify(text)}, queue: process.env.QUEUE_URL });`;

const templateOf = (source: string, versionId = 'First') => ({
  Resources: {
    Queue: { Type: 'AWS::SQS::Queue', Properties: {} },
    Service: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'service',
        Runtime: 'nodejs24.x',
        Role: 'arn:aws:iam::000000000000:role/Service',
        Handler: 'index.handler',
        Timeout: 20,
        Environment: { Variables: { QUEUE_URL: { Ref: 'Queue' } } },
        Code: { ZipFile: source },
      },
    },
    [versionId]: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Service' } } },
    Live: {
      Type: 'AWS::Lambda::Alias',
      Properties: { FunctionName: { Ref: 'Service' }, FunctionVersion: { 'Fn::GetAtt': [versionId, 'Version'] }, Name: 'live' },
    },
  },
});

const clientOf = (runtime: Runtime) => new LambdaClient({ ...runtime.clientConfig(), maxAttempts: 1 });
const invoke = async (runtime: Runtime, Qualifier?: string) => {
  const answer = await clientOf(runtime).send(new InvokeCommand({ FunctionName: 'service', Qualifier }));
  return JSON.parse(Buffer.from(answer.Payload ?? []).toString());
};
/** Finds a free port, other than the given one. */
async function freePort(other: number): Promise<number> {
  const [held, server] = [createServer().listen(other, '127.0.0.1'), createServer()];
  await once(held, 'listening');
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await Promise.all([held, server].map((one) => new Promise((resolve) => one.close(resolve))));
  return port;
}

const passed = (clock: VirtualClock, seconds: number) =>
  clock.runUntil(new Promise<void>((resolve) => clock.at(clock.nowMs() + seconds * 1000, resolve)));

describe('a restart', () => {
  it('keeps what was released since, as long as the template stays as it is', async () => {
    const folder = freshFolder();
    const clock = new VirtualClock(START);
    const before = await startTemplate(templateOf(echo('from the template')), clock, folder);
    const ZipFile = zipSync({ 'index.js': strToU8(echo('released')) });
    await clientOf(before).send(new UpdateFunctionCodeCommand({ FunctionName: 'service', ZipFile }));
    await passed(clock, 2);
    await clientOf(before).send(new PublishVersionCommand({ FunctionName: 'service' }));
    const routing = { FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights: { 2: 0.25 } } };
    await clientOf(before).send(new UpdateAliasCommand({ FunctionName: 'service', Name: 'live', ...routing }));
    await before.stop();

    const after = await startTemplate(templateOf(echo('from the template')), clock, folder);
    const alias = await clientOf(after).send(new GetAliasCommand({ FunctionName: 'service', Name: 'live' }));
    const answers = [await invoke(after), await invoke(after, '1'), await invoke(after, '2')];
    await after.stop();

    expect(alias).toMatchObject(routing);
    expect(answers.map(({ text }) => text)).toEqual(['released', 'from the template', 'released']);
  });

  it('takes over what the template says when that has changed', async () => {
    const folder = freshFolder();
    const before = await startTemplate(templateOf(echo('old')), new VirtualClock(START), folder);
    await before.stop();

    const after = await startTemplate(templateOf(echo('new'), 'Second'), new VirtualClock(START), folder);
    const answers = [await invoke(after), await invoke(after, '1'), await invoke(after, 'live')];
    await after.stop();

    expect(answers.map(({ text }) => text)).toEqual(['new', 'old', 'new']);
  });

  it('gives published versions the address that the endpoint has now', async () => {
    const folder = freshFolder();
    const at = (port: number) => {
      const options = { stackName: 'Sluice', dataDir: folder, clock: new VirtualClock(START), port, log: () => undefined };
      return startRuntime({ ...options, cloudAssembly: cloudAssembly(permitted(templateOf(echo('same')))) });
    };
    const before = await at(0);
    await before.stop();
    const after = await at(await freePort(Number(new URL(before.endpoint).port)));
    const { queue } = await invoke(after, '1');
    await after.stop();

    expect(after.endpoint).not.toBe(before.endpoint);
    expect(queue.startsWith(after.endpoint)).toBe(true);
  });

  it('runs an event again that was accepted and not finished when the machine was killed, and its process with it', async () => {
    const folder = freshFolder();
    const life = await lifeLine();
    const template = templateOf(`exports.handler = async (event) => {
      console.log((process.env.SECOND ? 'again ' : 'began ') + event.id);
      if (process.env.SECOND) return;
      require('node:net').connect(${life.port}, '127.0.0.1');
      await new Promise((resolve) => setTimeout(resolve, 15000));
    };`);
    const host = fork(new URL('./lambda-host.ts', import.meta.url), [folder, JSON.stringify(template)]);
    await life.begun;
    host.kill('SIGKILL');
    await life.ended;
    const second = structuredClone(template);
    Object.assign((second.Resources.Service as { Properties: { Environment: object } }).Properties.Environment, {
      Variables: { SECOND: '1' },
    });

    const clock = new VirtualClock(Date.now());
    const after = await startTemplate(second, clock, folder);
    await passed(clock, 1);
    const lines = after.hosts.lambda.logLines('service');
    await after.stop();

    expect(lines).toContain('again e1');
  });
});

describe('the code of a function', () => {
  it('runs code from a folder of the cloud assembly', async () => {
    const template = templateOf('');
    (template.Resources.Service as { Properties: { Code: object } }).Properties.Code = { S3Bucket: 'assets', S3Key: 'folder.zip' };
    const assembly = cloudAssembly(permitted(template));
    mkdirSync(join(assembly, 'asset.folder', 'parts'), { recursive: true });
    writeFileSync(join(assembly, 'asset.folder', 'index.mjs'), `export { handler } from './parts/handler.mjs';`);
    writeFileSync(
      join(assembly, 'asset.folder', 'parts', 'handler.mjs'),
      `export const handler = async () => ({ text: 'from a folder' });`,
    );
    const destinations = { here: { bucketName: 'assets', objectKey: 'folder.zip' } };
    const files = { folder: { source: { path: 'asset.folder', packaging: 'zip' }, destinations } };
    writeFileSync(join(assembly, 'Sluice.assets.json'), JSON.stringify({ files }));

    const options = { stackName: 'Sluice', dataDir: freshFolder(), clock: new VirtualClock(START), log: () => undefined };
    const runtime = await startRuntime({ ...options, cloudAssembly: assembly });
    const answer = await invoke(runtime);
    await runtime.stop();

    expect(answer.text).toBe('from a folder');
  });

  it('refuses a zip that names a path outside of its folder', async () => {
    const runtime = await startTemplate(templateOf(echo('x')), new VirtualClock(START));
    const ZipFile = zipSync({ '../../escaped.js': strToU8('escaped') });
    const update = clientOf(runtime).send(new UpdateFunctionCodeCommand({ FunctionName: 'service', ZipFile }));

    await expect(update).rejects.toMatchObject({ name: 'InvalidParameterValueException', message: expect.stringContaining('outside') });
    await runtime.stop();
  });
});
