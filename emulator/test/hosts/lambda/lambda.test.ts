import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  type InvokeCommandOutput,
  LambdaClient,
  ListAliasesCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../clock/clock.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { startTemplate } from '../../assembly.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const ROLE = 'arn:aws:iam::000000000000:role/Function';

const zipped = (files: Record<string, string>) =>
  Buffer.from(zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)]))));
const answering = (text: string) => zipped({ 'index.mjs': `export const handler = async () => ${JSON.stringify(text)};` });

const inline = `
exports.handler = async (event, context) => {
  if (event.fail) { class Broken extends Error {} ; const error = new Broken(event.fail); error.name = 'Broken'; throw error; }
  if (event.hang) await new Promise((resolve) => setTimeout(resolve, 60000));
  if (event.exit) process.exit(3);
  if (event.spoil) { require('node:fs').writeFileSync(__filename, 'exports.handler = async () => "spoilt";'); process.exit(3); }
  if (event.large) return 'x'.repeat(7 * 1024 * 1024);
  console.log('saw ' + JSON.stringify(event));
  return { event, now: Date.now(), newDate: new Date().getTime(), isDate: new Date(0) instanceof Date, env: process.env,
    name: context.functionName, version: context.functionVersion, arn: context.invokedFunctionArn, left: context.getRemainingTimeInMillis(), pid: process.pid };
};
exports.callback = (event, context, callback) => setTimeout(() => callback(null, { called: event }), 1);
`;

const functionOf = (handler: string, more: object = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Runtime: 'nodejs24.x', Role: ROLE, Handler: handler, Timeout: 20, Code: { ZipFile: inline }, ...more },
});

const template = {
  Resources: {
    Artifacts: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'artifacts', VersioningConfiguration: { Status: 'Enabled' } } },
    Echo: functionOf('index.handler', { FunctionName: 'echo', Environment: { Variables: { GREETING: 'hello' } } }),
    Callback: functionOf('index.callback', { FunctionName: 'callback', Runtime: 'nodejs22.x' }),
    LateCallback: functionOf('index.callback', { FunctionName: 'late-callback' }),
    Impatient: functionOf('index.handler', { FunctionName: 'impatient', Timeout: 1 }),
    Missing: functionOf('nowhere.handler', { FunctionName: 'missing' }),
    Service: functionOf('index.handler', { FunctionName: 'service' }),
    ServiceVersion: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Service' } } },
    Live: {
      Type: 'AWS::Lambda::Alias',
      Properties: { FunctionName: { Ref: 'Service' }, FunctionVersion: { 'Fn::GetAtt': ['ServiceVersion', 'Version'] }, Name: 'live' },
    },
  },
};

let clock: VirtualClock;
let runtime: Runtime;
let lambda: LambdaClient;
let s3: S3Client;

beforeAll(async () => {
  clock = new VirtualClock(START);
  runtime = await startTemplate(template, clock);
  lambda = new LambdaClient({ ...runtime.clientConfig(), maxAttempts: 1 });
  s3 = new S3Client({ ...runtime.clientConfig(), forcePathStyle: true });
});
afterAll(() => runtime.stop());

const pass = (seconds: number) => clock.runUntil(new Promise<void>((resolve) => clock.at(clock.nowMs() + seconds * 1000, resolve)));
const invoke = (FunctionName: string, event: object = {}, more: object = {}) =>
  lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), ...more }));
const payloadOf = (answer: InvokeCommandOutput) => JSON.parse(Buffer.from(answer.Payload ?? []).toString() || 'null');
const configuration = (FunctionName: string, Qualifier?: string) =>
  lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier }));

describe('invoking a function', () => {
  it('returns what the handler returns, as the version that ran', async () => {
    const answer = await invoke('echo', { a: 1 });

    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(answer.FunctionError).toBeUndefined();
    expect(payloadOf(answer)).toMatchObject({ event: { a: 1 }, name: 'echo', version: '$LATEST' });
  });

  it("gives the process the clock's time and the deadline that follows from it", async () => {
    await pass(3600);

    const { now, newDate, isDate, left } = payloadOf(await invoke('echo'));

    expect(now - clock.nowMs()).toBeLessThan(5000);
    expect(now).toBeGreaterThanOrEqual(clock.nowMs());
    expect(newDate).toBeGreaterThanOrEqual(now);
    expect(isDate).toBe(true);
    expect(left).toBeGreaterThan(15_000);
    expect(left).toBeLessThanOrEqual(20_000);
  });

  it("passes on the role's credentials and the function's variables, and nothing of the host's environment but the path", async () => {
    process.env.HOST_SECRET = 'not for functions';
    const { env } = payloadOf(await invoke('impatient'));
    const echo = payloadOf(await invoke('echo')).env;

    expect(env.HOST_SECRET).toBeUndefined();
    expect(echo).toMatchObject({
      GREETING: 'hello',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: runtime.endpoint,
      _HANDLER: 'index.handler',
    });
    expect(echo.AWS_ACCESS_KEY_ID).toBe(runtime.clientConfig(ROLE).credentials.accessKeyId);
  });

  it('waits for the callback of a handler that takes one, up to nodejs22.x, and refuses to load it after', async () => {
    expect(payloadOf(await invoke('callback', { b: 2 }))).toEqual({ called: { b: 2 } });
    expect(payloadOf(await invoke('late-callback'))).toMatchObject({
      errorType: 'Runtime.CallbackHandlerDeprecated',
      errorMessage: expect.stringContaining('removed support for callback-based function handlers starting with Node.js 24'),
    });
  });

  it("names a thrown error by its name, in AWS's shape", async () => {
    const answer = await invoke('echo', { fail: 'on purpose' });

    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(payloadOf(answer)).toMatchObject({ errorType: 'Broken', errorMessage: 'on purpose', trace: expect.any(Array) });
  });

  it('kills what takes longer than the timeout and goes on with a new process', async () => {
    const late = await invoke('impatient', { hang: true });
    const next = await invoke('impatient', { again: true });

    expect(late.FunctionError).toBe('Unhandled');
    expect(payloadOf(late).errorMessage).toMatch(/Task timed out after 1\.00 seconds$/);
    expect(payloadOf(next).event).toEqual({ again: true });
  });

  it('reports a process that exits and a handler that is not there', async () => {
    expect(payloadOf(await invoke('echo', { exit: true }))).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(payloadOf(await invoke('missing'))).toMatchObject({ errorType: 'Runtime.ImportModuleError' });
  });

  it('runs the code as it was published, even after a process changed its folder', async () => {
    await invoke('echo', { spoil: true });

    expect(payloadOf(await invoke('echo', { unspoilt: true }))).toMatchObject({ event: { unspoilt: true } });
  });

  it('refuses what is larger than six megabytes, in both directions', async () => {
    await expect(invoke('echo', { text: 'x'.repeat(7 * 1024 * 1024) })).rejects.toMatchObject({ name: 'RequestTooLargeException' });
    expect(payloadOf(await invoke('echo', { large: true }))).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
  });

  it('reuses an idle process, and runs concurrent invocations in processes of their own', async () => {
    const first = payloadOf(await invoke('echo')).pid;
    const second = payloadOf(await invoke('echo')).pid;
    const both = await Promise.all([invoke('impatient', { hang: true }), invoke('impatient', { hang: true })]);

    expect(second).toBe(first);
    expect(both.map((answer) => answer.FunctionError)).toEqual(['Unhandled', 'Unhandled']);
  });

  it('keeps every line that a function wrote', async () => {
    await invoke('echo', { marked: 'line' });

    expect(runtime.hosts.lambda.logLines('echo')).toContain('saw {"marked":"line"}');
  });

  it('only checks a dry run', async () => {
    expect(await invoke('echo', {}, { InvocationType: 'DryRun' })).toMatchObject({ StatusCode: 204 });
    await expect(invoke('nobody')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('asynchronous invocations', () => {
  it('tries an asynchronous invocation three times: at once, after a minute and after two more', async () => {
    const attempts = () => runtime.hosts.lambda.logLines('echo').filter((line) => line.includes('asynchronous failure')).length;

    const accepted = await invoke('echo', { fail: 'asynchronous failure' }, { InvocationType: 'Event' });
    expect(accepted.StatusCode).toBe(202);
    await pass(1);
    expect(attempts()).toBe(1);
    await pass(61);
    expect(attempts()).toBe(2);
    await pass(121);
    expect(attempts()).toBe(3);
    await pass(3600);
    expect(attempts()).toBe(3);
  });
});

describe('versions and aliases', () => {
  it('publishes a staged version, and only once', async () => {
    const zip = answering('second');
    await s3.send(new PutObjectCommand({ Bucket: 'artifacts', Key: 'fix one/artifact.zip', Body: zip }));
    const before = await configuration('service');
    const updated = await lambda.send(
      new UpdateFunctionCodeCommand({
        FunctionName: 'service',
        S3Bucket: 'artifacts',
        S3Key: 'fix one/artifact.zip',
        RevisionId: before.RevisionId,
      }),
    );
    expect(updated.LastUpdateStatus).toBe('InProgress');
    await expect(lambda.send(new PublishVersionCommand({ FunctionName: 'service' }))).rejects.toMatchObject({
      name: 'ResourceConflictException',
    });
    await pass(2);
    expect((await configuration('service')).LastUpdateStatus).toBe('Successful');

    const published = await lambda.send(new PublishVersionCommand({ FunctionName: 'service', CodeSha256: updated.CodeSha256 }));
    const again = await lambda.send(new PublishVersionCommand({ FunctionName: 'service' }));

    expect(published.Version).toBe('2');
    expect(again.Version).toBe('2');
    expect(payloadOf(await invoke('service', {}, { Qualifier: '2' }))).toBe('second');
    expect(payloadOf(await invoke('service', {}, { Qualifier: 'live' })).version).toBe('1');
  });

  it('refuses a publication if the code or the revision is not the one that the caller has seen', async () => {
    const stale = { FunctionName: 'service', ZipFile: answering('x'), RevisionId: 'stale' };

    await expect(lambda.send(new UpdateFunctionCodeCommand(stale))).rejects.toMatchObject({
      name: 'PreconditionFailedException',
      $metadata: { httpStatusCode: 412 },
    });
    await expect(lambda.send(new PublishVersionCommand({ FunctionName: 'service', CodeSha256: 'another' }))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
  });

  it('reports why code cannot be read from the bucket', async () => {
    const missing = new UpdateFunctionCodeCommand({ FunctionName: 'service', S3Bucket: 'artifacts', S3Key: 'missing.zip' });

    await expect(lambda.send(missing)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining('NoSuchKey'),
    });
  });

  it('draws the version of a weighted alias by its weight, and changes weights only with the latest revision', async () => {
    const { RevisionId } = await lambda.send(new GetAliasCommand({ FunctionName: 'service', Name: 'live' }));
    const move = { FunctionName: 'service', Name: 'live', RoutingConfig: { AdditionalVersionWeights: { 2: 0.3 } }, RevisionId };
    const moved = await lambda.send(new UpdateAliasCommand(move));
    await expect(lambda.send(new UpdateAliasCommand(move))).rejects.toMatchObject({ name: 'PreconditionFailedException' });

    const versions: (string | undefined)[] = [];
    for (let call = 0; call < 200; call++) versions.push((await invoke('service:live')).ExecutedVersion);

    expect(moved).toMatchObject({ FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights: { 2: 0.3 } } });
    const share = versions.filter((version) => version === '2').length;
    expect(share).toBeGreaterThan(40);
    expect(share).toBeLessThan(80);
  });

  it('refuses weights that AWS refuses', async () => {
    const weighted = (weights: Record<string, number>) =>
      lambda.send(new UpdateAliasCommand({ FunctionName: 'service', Name: 'live', RoutingConfig: { AdditionalVersionWeights: weights } }));

    const refused: Record<string, number>[] = [{ 1: 0.5 }, { $LATEST: 0.5 }, { 2: 1.5 }];
    for (const weights of refused) await expect(weighted(weights)).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    await expect(weighted({ 99: 0.5 })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('lists versions and aliases', async () => {
    const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: 'service' }));
    const { Aliases } = await lambda.send(new ListAliasesCommand({ FunctionName: 'service' }));

    expect(Versions?.map(({ Version }) => Version)).toEqual(['$LATEST', '1', '2']);
    expect(Aliases?.map(({ Name }) => Name)).toEqual(['live']);
  });
});

describe('functions that are made by the API', () => {
  it('runs a function that the API made, until it is deleted', async () => {
    const request = { FunctionName: 'made', Role: ROLE, Runtime: 'nodejs24.x' as const, Handler: 'index.handler' };
    const made = await lambda.send(new CreateFunctionCommand({ ...request, Code: { ZipFile: answering('made') }, Publish: false }));
    expect(made.State).toBe('Pending');
    await pass(2);

    expect(payloadOf(await invoke('made'))).toBe('made');
    expect((await lambda.send(new GetFunctionCommand({ FunctionName: 'made' }))).Configuration?.State).toBe('Active');
    await lambda.send(new PublishVersionCommand({ FunctionName: 'made' }));
    await lambda.send(new CreateAliasCommand({ FunctionName: 'made', Name: 'live', FunctionVersion: '1' }));
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'made' }));
    await expect(invoke('made')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('keeps the permissions that were added to a function, and has no provisioned concurrency', async () => {
    const permission = {
      FunctionName: 'echo',
      StatementId: 'rule',
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: 'arn:aws:events:us-east-1:000000000000:rule/r',
    };
    await lambda.send(new AddPermissionCommand(permission));

    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: 'echo' }));
    expect(JSON.parse(Policy ?? '').Statement).toMatchObject([{ Sid: 'rule', Principal: { Service: 'events.amazonaws.com' } }]);
    const concurrency = new GetProvisionedConcurrencyConfigCommand({ FunctionName: 'service', Qualifier: 'live' });
    await expect(lambda.send(concurrency)).rejects.toMatchObject({ name: 'ProvisionedConcurrencyConfigNotFoundException' });
  });
});
