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
  ResourceNotFoundException,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Sample } from '#deployment/release';
import { LambdaTarget } from '#target/target.lambda-alias';

const lambda = mockClient(LambdaClient);
const cloudwatch = mockClient(CloudWatchClient);
const target = new LambdaTarget(new LambdaClient({ region: 'us-east-1' }), new CloudWatchClient({ region: 'us-east-1' }), {
  functionName: 'shop',
  alias: 'live',
  bucket: 'artefacts',
  intervalSeconds: 1,
});
const refusal = { message: 'refused', $metadata: {} };
const artifact = { key: 'artifact.zip', digest: 'new=' };
const move = {
  baseline: '1',
  candidate: '2',
  weightPercent: 10,
  revision: 'r1',
  strategy: 'rolling',
  weights: [10, 100],
  index: 0,
} as const;
const routing = (FunctionVersion: string, weights?: Record<string, number>) => ({
  FunctionVersion,
  RevisionId: 'r2',
  RoutingConfig: { AdditionalVersionWeights: weights },
});

beforeEach(() => {
  lambda.reset();
  cloudwatch.reset();
  lambda.on(GetFunctionConfigurationCommand).resolves({ CodeSha256: 'old=', LastUpdateStatus: 'Successful', RevisionId: 'c1' });
  lambda
    .on(GetProvisionedConcurrencyConfigCommand)
    .rejects(new ProvisionedConcurrencyConfigNotFoundException({ message: 'none', $metadata: {} }));
});

describe('a function that another operation is under way on', () => {
  it.each([
    ['uploading', () => lambda.on(UpdateFunctionCodeCommand), () => target.stage(artifact)],
    ['shifting', () => lambda.on(UpdateAliasCommand), () => target.shift(move)],
    ['restoring', () => lambda.on(UpdateAliasCommand), () => target.restore('1', 'r1')],
  ] as const)('is busy when %s, so that the step is tried again', async (_what, on, act) => {
    on().rejects(new ResourceConflictException(refusal));

    await expect(act()).rejects.toMatchObject({ name: 'TargetBusy', message: expect.stringContaining('shop') });
  });

  it('is busy when publishing', async () => {
    lambda.on(GetFunctionConfigurationCommand).resolves({ CodeSha256: 'new=', LastUpdateStatus: 'Successful' });
    lambda.on(PublishVersionCommand).rejects(new ResourceConflictException(refusal));

    await expect(target.stage(artifact)).rejects.toMatchObject({ name: 'TargetBusy' });
  });

  it('is busy when its configuration changed between reading and uploading', async () => {
    lambda.on(UpdateFunctionCodeCommand).rejects(new PreconditionFailedException(refusal));

    await expect(target.stage(artifact)).rejects.toMatchObject({ name: 'TargetBusy' });
  });

  it('is not what any other refusal means', async () => {
    lambda.on(UpdateFunctionCodeCommand).rejects(new ResourceNotFoundException(refusal));
    lambda.on(UpdateAliasCommand).rejects(new ResourceNotFoundException(refusal));

    await expect(target.stage(artifact)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(target.shift(move)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(target.restore('1', 'r1')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('a move that AWS refuses since the routing has another revision', () => {
  const found = async (serving: ReturnType<typeof routing>, weightPercent: number) => {
    lambda.on(UpdateAliasCommand).rejects(new PreconditionFailedException(refusal));
    lambda.on(GetAliasCommand).resolves(serving);
    return target.shift({ ...move, weightPercent }).then(
      () => 'ours',
      (error) => error.message.match(/\((.*)\)/)?.[1],
    );
  };

  it.each<[string, ReturnType<typeof routing>, number]>([
    ['a share', routing('1', { 2: 0.1 }), 10],
    ['a share that floating point blurs', routing('1', { 2: 0.07 }), 7],
    ['everything', routing('2'), 100],
    ['everything, with the weights written as none', routing('2', {}), 100],
    ['nothing yet', routing('1'), 0],
  ])('was our own earlier one where it is already so: %s', async (_what, serving, weightPercent) => {
    expect(await found(serving, weightPercent)).toBe('ours');
  });

  it.each<[string, ReturnType<typeof routing>, number, string]>([
    ['the candidate has another share', routing('1', { 2: 0.5 }), 10, 'it points to version 1 and 2'],
    ['another version has the share', routing('1', { 3: 0.1 }), 10, 'it points to version 1 and 3'],
    ['the share is beside another baseline', routing('9', { 2: 0.1 }), 10, 'it points to version 9 and 2'],
    ['the candidate has everything already', routing('2'), 10, 'it points to version 2'],
    ['the candidate shares with another', routing('2', { 3: 0.1 }), 100, 'it points to version 2 and 3'],
    ['the baseline has everything', routing('1'), 100, 'it points to version 1'],
    ['another version has everything, and we want none', routing('7'), 0, 'it points to version 7'],
    ['the baseline has everything, and we want a share', routing('1'), 10, 'it points to version 1'],
  ])('was somebody else’s where %s', async (_what, serving, weightPercent, says) => {
    expect(await found(serving, weightPercent)).toBe(says);
  });
});

describe('what serves', () => {
  it('is read from the alias, and the code from the version it points to', async () => {
    lambda.on(GetAliasCommand).resolves(routing('4'));

    expect(await target.serving()).toEqual({ version: '4', codeSha256: 'old=', candidate: undefined, revision: 'r2' });
    expect(lambda.commandCalls(GetAliasCommand)[0]?.args[0].input).toEqual({ FunctionName: 'shop', Name: 'live' });
    expect(lambda.commandCalls(GetFunctionConfigurationCommand)[0]?.args[0].input).toEqual({ FunctionName: 'shop', Qualifier: '4' });
  });

  it('is restored to one version without weights, whatever they were', async () => {
    lambda.on(UpdateAliasCommand).resolves(routing('1'));

    expect(await target.restore('1', 'r1')).toMatchObject({ settled: true, serving: { version: '1', candidate: undefined } });
    expect(lambda.commandCalls(UpdateAliasCommand)[0]?.args[0].input).toEqual({
      FunctionName: 'shop',
      Name: 'live',
      FunctionVersion: '1',
      RoutingConfig: { AdditionalVersionWeights: {} },
      RevisionId: 'r1',
    });
  });
});

describe('watching one version', () => {
  it.each([
    [1, 1],
    [4, 1],
    [5, 5],
    [20, 10],
    [30, 30],
    [59, 30],
    [60, 60],
    [150, 120],
  ])('polled every %i s is asked for in whole periods of %i s, as CloudWatch allows', async (intervalSeconds, period) => {
    cloudwatch.on(GetMetricDataCommand).resolves({});
    const settings = { functionName: 'shop', alias: 'live', bucket: 'artefacts', intervalSeconds };

    await new LambdaTarget(new LambdaClient({ region: 'us-east-1' }), new CloudWatchClient({ region: 'us-east-1' }), settings).sample(
      ...(['2', 601_234, 601_234 + intervalSeconds * 1000] as const),
    );

    const sent = cloudwatch.commandCalls(GetMetricDataCommand)[0]?.args[0].input;
    expect(Number(sent?.StartTime) % (period * 1000)).toBe(0);
    expect(Number(sent?.EndTime) % (period * 1000)).toBe(0);
    expect(new Set(sent?.MetricDataQueries?.map(({ MetricStat }) => MetricStat?.Period))).toEqual(new Set([period]));
  });

  it.each([0, 4, 14, 22])('counts each request once over polls that begin at second %i, however CloudWatch rounds', async (offset) => {
    let nowMs = Date.parse('2026-03-02T09:00:00Z') + offset * 1000;
    const arrived = (fromMs: number, toMs: number) => Math.max(0, Math.min(toMs, nowMs) - fromMs) / 100;
    cloudwatch.on(GetMetricDataCommand).callsFake(({ StartTime, EndTime, MetricDataQueries }) => ({
      MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Period } }: { Id: string; MetricStat: { Period: number } }) => {
        const first = Math.floor(StartTime / (Period * 1000)) * Period * 1000;
        const starts = Array.from({ length: Math.ceil((EndTime - first) / (Period * 1000)) }, (_, index) => first + index * Period * 1000);
        return { Id, Timestamps: starts.map((at) => new Date(at)), Values: starts.map((at) => arrived(at, at + Period * 1000)) };
      }),
    }));
    const settings = { functionName: 'shop', alias: 'live', bucket: 'artefacts', intervalSeconds: 30 };
    const polled = new LambdaTarget(new LambdaClient({ region: 'us-east-1' }), new CloudWatchClient({ region: 'us-east-1' }), settings);
    const samples: Sample[] = [];

    for (let fromMs = nowMs - 40_000; samples.length < 20; nowMs += 31_000) {
      samples.push(await polled.sample('2', fromMs, nowMs - 10_000));
      fromMs = nowMs - 10_000;
    }

    const judgedMs = (samples.at(-1)?.toMs ?? 0) - (samples[0]?.fromMs ?? 0);
    expect(samples.reduce((sum, { requests }) => sum + (requests ?? 0), 0)).toBe(judgedMs / 100);
  });

  it('asks for six metrics of that version in the service’s namespace, each by its own statistic', async () => {
    cloudwatch.on(GetMetricDataCommand).resolves({});

    await target.sample('2', 0, 30_000);

    const queries = cloudwatch.commandCalls(GetMetricDataCommand)[0]?.args[0].input.MetricDataQueries ?? [];
    expect(
      queries.map(({ Id, MetricStat }) => [Id, MetricStat?.Metric?.Namespace, MetricStat?.Metric?.MetricName, MetricStat?.Stat]),
    ).toEqual([
      ['requests', 'Sluice/Service', 'Requests', 'Sum'],
      ['errors', 'Sluice/Service', 'Errors', 'Sum'],
      ['latency', 'Sluice/Service', 'Latency', 'p95'],
      ['cpu', 'Sluice/Service', 'CpuPercent', 'Maximum'],
      ['memory', 'Sluice/Service', 'MemoryPercent', 'Maximum'],
      ['exceptions', 'Sluice/Service', 'Exceptions', 'Sum'],
    ]);
    for (const { MetricStat } of queries) {
      expect(MetricStat?.Metric?.Dimensions).toEqual([
        { Name: 'FunctionName', Value: 'shop' },
        { Name: 'ExecutedVersion', Value: '2' },
      ]);
    }
  });

  it('tells no data from a measured zero', async () => {
    cloudwatch.on(GetMetricDataCommand).resolves({
      MetricDataResults: [
        { Id: 'requests', Values: [0] },
        { Id: 'errors', Values: [0, 0] },
        { Id: 'memory', Values: [61, 70] },
        { Id: 'latency' },
      ],
    });

    expect(await target.sample('2', 0, 1000)).toMatchObject({
      requests: 0,
      errors: 0,
      memoryPercent: 70,
      p95Ms: null,
    });
  });

  it('tells what a service does not measure from what has not arrived', async () => {
    cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [{ Id: 'requests', Values: [5] }] });
    const [silent] = [await target.sample('2', 0, 1000)];
    cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [] });

    expect(silent).toMatchObject({ cpuPercent: undefined, memoryPercent: undefined, exceptionsInLogs: undefined });
    expect(await target.sample('2', 0, 1000)).toMatchObject({ cpuPercent: null, memoryPercent: null, exceptionsInLogs: null });
  });

  it('reads every page of CloudWatch’s answer', async () => {
    const page = (NextToken?: string) => ({ NextToken, MetricDataResults: [{ Id: 'requests', Values: [3, 4] }] });
    cloudwatch.on(GetMetricDataCommand).resolvesOnce(page('more')).resolves(page());

    expect(await target.sample('2', 0, 1000)).toMatchObject({ requests: 14 });
  });

  it.each([
    ['is throttled', () => cloudwatch.on(GetMetricDataCommand).rejects(new Error('ThrottlingException'))],
    [
      'has no whole answer',
      () => cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [{ Id: 'requests', StatusCode: 'InternalError' }] }),
    ],
  ])('has no data, which is nobody’s fault, while CloudWatch %s', async (_, outage) => {
    outage();

    expect(await target.sample('2', 0, 1000)).toMatchObject({ requests: null, errors: null, p95Ms: null });
  });

  it('probes the version itself and never the alias, and reads an empty answer as 502', async () => {
    lambda.on(InvokeCommand).resolves({});

    const answer = await target.probe('2', { name: 'health', method: 'GET', path: '/health', expectStatus: 200 });

    expect(answer).toMatchObject({ status: 502, durationMs: expect.any(Number) });
    expect(lambda.commandCalls(InvokeCommand)[0]?.args[0].input).toMatchObject({ FunctionName: 'shop', Qualifier: '2' });
  });
});
