import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  LambdaClient,
  PreconditionFailedException,
  ProvisionedConcurrencyConfigNotFoundException,
  PublishVersionCommand,
  ResourceConflictException,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { LambdaTarget } from '#target/target.lambda-alias';

const lambda = mockClient(LambdaClient);
const cloudwatch = mockClient(CloudWatchClient);
const target = new LambdaTarget(new LambdaClient({ region: 'us-east-1' }), new CloudWatchClient({ region: 'us-east-1' }), {
  functionName: 'shop',
  alias: 'live',
  bucket: 'artefacts',
  intervalSeconds: 30,
});
const artifact = { key: 'deployments/d/artifact.zip', versionId: 'v7', digest: 'new=' };
const move = {
  baseline: '1',
  candidate: '2',
  weightPercent: 10,
  revision: 'r1',
  strategy: 'rolling',
  weights: [10, 100],
  index: 0,
} as const;

beforeEach(() => {
  lambda.reset();
  cloudwatch.reset();
  lambda.on(GetFunctionConfigurationCommand).resolves({ CodeSha256: 'old=', LastUpdateStatus: 'Successful', RevisionId: 'c1' });
  lambda
    .on(GetProvisionedConcurrencyConfigCommand)
    .rejects(new ProvisionedConcurrencyConfigNotFoundException({ message: 'none', $metadata: {} }));
});

describe('staging an artefact in a Lambda function', () => {
  it('uploads exactly the stored version under the configuration’s revision, and waits', async () => {
    lambda.on(UpdateFunctionCodeCommand).resolves({});

    expect(await target.stage(artifact)).toEqual({ ready: false });
    expect(lambda.commandCalls(UpdateFunctionCodeCommand)[0]?.args[0].input).toEqual({
      FunctionName: 'shop',
      S3Bucket: 'artefacts',
      S3Key: artifact.key,
      S3ObjectVersion: 'v7',
      RevisionId: 'c1',
    });
  });

  it('waits while the function takes the code, without uploading again', async () => {
    lambda.on(GetFunctionConfigurationCommand).resolves({ CodeSha256: 'new=', LastUpdateStatus: 'InProgress' });

    expect(await target.stage(artifact)).toEqual({ ready: false });
    expect(lambda.commandCalls(UpdateFunctionCodeCommand)).toHaveLength(0);
  });

  it('is refused where the function could not take the code, which waiting does not change', async () => {
    lambda
      .on(GetFunctionConfigurationCommand)
      .resolves({ CodeSha256: 'new=', LastUpdateStatus: 'Failed', LastUpdateStatusReason: 'the role cannot be assumed' });

    await expect(target.stage(artifact)).rejects.toMatchObject({
      name: 'TargetRefused',
      message: expect.stringContaining('the role cannot be assumed'),
    });
    expect(lambda.commandCalls(PublishVersionCommand)).toHaveLength(0);
  });

  it('publishes only what has the artefact’s digest', async () => {
    lambda.on(GetFunctionConfigurationCommand).resolves({ CodeSha256: 'new=', LastUpdateStatus: 'Successful' });
    lambda.on(PublishVersionCommand).resolves({ Version: '8' });

    expect(await target.stage(artifact)).toEqual({ ready: true, version: '8' });
    expect(lambda.commandCalls(PublishVersionCommand)[0]?.args[0].input).toEqual({ FunctionName: 'shop', CodeSha256: 'new=' });
  });

  it('is busy, and tried again, while somebody else updates the function', async () => {
    lambda.on(UpdateFunctionCodeCommand).rejects(new ResourceConflictException({ message: 'busy', $metadata: {} }));

    await expect(target.stage(artifact)).rejects.toMatchObject({ name: 'TargetBusy' });
  });
});

describe('moving traffic on an alias', () => {
  it('gives the candidate its weight beside the baseline, under the routing’s revision', async () => {
    lambda
      .on(UpdateAliasCommand)
      .resolves({ FunctionVersion: '1', RevisionId: 'r2', RoutingConfig: { AdditionalVersionWeights: { 2: 0.1 } } });

    expect(await target.shift(move)).toEqual({
      settled: true,
      serving: { version: '1', codeSha256: 'old=', candidate: { version: '2', weightPercent: 10 }, revision: 'r2' },
    });
    expect(lambda.commandCalls(UpdateAliasCommand)[0]?.args[0].input).toEqual({
      FunctionName: 'shop',
      Name: 'live',
      FunctionVersion: '1',
      RoutingConfig: { AdditionalVersionWeights: { 2: 0.1 } },
      RevisionId: 'r1',
    });
  });

  it('makes the candidate the only version at 100 %', async () => {
    lambda.on(UpdateAliasCommand).resolves({ FunctionVersion: '2', RevisionId: 'r3' });

    await target.shift({ ...move, weightPercent: 100 });

    expect(lambda.commandCalls(UpdateAliasCommand)[0]?.args[0].input).toMatchObject({
      FunctionVersion: '2',
      RoutingConfig: { AdditionalVersionWeights: {} },
    });
  });

  it('recognises its own earlier move when it is repeated, and anybody else’s as a move by hand', async () => {
    lambda.on(UpdateAliasCommand).rejects(new PreconditionFailedException({ message: 'stale', $metadata: {} }));
    lambda
      .on(GetAliasCommand)
      .resolvesOnce({ FunctionVersion: '1', RevisionId: 'r2', RoutingConfig: { AdditionalVersionWeights: { 2: 0.1 } } })
      .resolves({ FunctionVersion: '7', RevisionId: 'r9' });

    expect(await target.shift(move)).toMatchObject({ settled: true, serving: { revision: 'r2' } });
    await expect(target.shift(move)).rejects.toMatchObject({ name: 'AliasMoved', message: expect.stringContaining('version 7') });
  });

  it('moves at once, and takes the next step only when the instances that were asked for in advance stand or cannot', async () => {
    const moved = { FunctionVersion: '1', RevisionId: 'r2', RoutingConfig: { AdditionalVersionWeights: { 2: 0.1 } } };
    const next = { ...move, weightPercent: 100, index: 1, revision: 'r2' };
    lambda.on(UpdateAliasCommand).resolvesOnce(moved).resolves({ FunctionVersion: '2', RevisionId: 'r3' });
    lambda.on(GetAliasCommand).resolves(moved);
    lambda
      .on(GetProvisionedConcurrencyConfigCommand, { FunctionName: 'shop', Qualifier: 'live' })
      .resolvesOnce({ Status: 'READY' })
      .resolvesOnce({ Status: 'IN_PROGRESS' })
      .resolvesOnce({ Status: 'IN_PROGRESS' })
      .resolves({ Status: 'FAILED', StatusReason: 'the account has no more' });

    expect(await target.shift(move)).toMatchObject({ settled: true, serving: { revision: 'r2' } });
    expect(await target.shift(move)).toMatchObject({ settled: true, serving: { revision: 'r2' } });
    expect(await target.shift(next)).toEqual({ settled: false });
    expect(lambda.commandCalls(UpdateAliasCommand)).toHaveLength(1);
    expect(await target.shift(next)).toMatchObject({ settled: true, serving: { version: '2' } });
  });

  it('takes an answer that it does not know for no answer', async () => {
    lambda.on(UpdateAliasCommand).resolves({ FunctionVersion: '2', RevisionId: 'r3' });
    lambda.on(GetProvisionedConcurrencyConfigCommand).rejects(new Error('socket hang up'));

    await expect(target.shift(move)).rejects.toThrow('socket hang up');
  });

  it('restores only what was looked at: who moves the alias in between makes it look again', async () => {
    lambda
      .on(UpdateAliasCommand, { FunctionVersion: '1', RevisionId: 'r4' })
      .rejects(new PreconditionFailedException({ message: 'stale', $metadata: {} }));

    await expect(target.restore('1', 'r4')).rejects.toMatchObject({ name: 'TargetBusy', message: expect.stringContaining('moved') });
  });
});

describe('watching one version', () => {
  it('probes by version and reads a thrown error as 502', async () => {
    const request = { name: 'health', method: 'GET' as const, path: '/health?deep=1', expectStatus: 200 };
    lambda
      .on(InvokeCommand)
      .resolvesOnce({ Payload: Buffer.from('{"statusCode":200,"body":"ok"}') as never })
      .resolves({ FunctionError: 'Unhandled', Payload: Buffer.from('{}') as never });

    expect(await target.probe('2', request)).toMatchObject({ status: 200, body: 'ok' });
    expect(await target.probe('2', request)).toMatchObject({ status: 502 });
    const sent = lambda.commandCalls(InvokeCommand)[0]?.args[0].input;
    expect(sent?.Qualifier).toBe('2');
    expect(JSON.parse(Buffer.from(sent?.Payload as Uint8Array).toString())).toMatchObject({
      version: '2.0',
      rawPath: '/health',
      rawQueryString: 'deep=1',
    });
  });

  it('sums counts, takes the worst latency, and the highest of what is a share', async () => {
    cloudwatch.on(GetMetricDataCommand).resolves({
      MetricDataResults: [
        { Id: 'requests', Values: [3, 4] },
        { Id: 'errors', Values: [1] },
        { Id: 'latency', Values: [80, 120] },
        { Id: 'memory', Values: [61, 60] },
      ],
    });

    const sample = await target.sample('2', 0, 30_000);

    expect(sample).toEqual({
      fromMs: 0,
      toMs: 30_000,
      requests: 7,
      errors: 1,
      p95Ms: 120,
      memoryPercent: 61,
      healthy: null,
    });
    const queries = cloudwatch.commandCalls(GetMetricDataCommand)[0]?.args[0].input.MetricDataQueries ?? [];
    expect(queries.map(({ MetricStat }) => MetricStat?.Period)).toEqual([30, 30, 30, 30, 30, 30]);
    expect(queries[0]?.MetricStat?.Metric?.Dimensions).toContainEqual({ Name: 'ExecutedVersion', Value: '2' });
  });
});
