import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Sample } from '#deployment/release';
import { LambdaTarget } from '#target/target.lambda-alias';

const lambda = mockClient(LambdaClient);
const cloudwatch = mockClient(CloudWatchClient);
const targetPolledEvery = (intervalSeconds: number) =>
  new LambdaTarget(new LambdaClient({ region: 'us-east-1' }), new CloudWatchClient({ region: 'us-east-1' }), {
    functionName: 'shop',
    alias: 'live',
    bucket: 'artefacts',
    intervalSeconds,
  });
const target = targetPolledEvery(1);

beforeEach(() => {
  lambda.reset();
  cloudwatch.reset();
});

describe('samples of one version behind an alias', () => {
  it('probes a version and reads a thrown error as 502', async () => {
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

  it('adds up counts, and takes the highest latency and the highest share', async () => {
    cloudwatch.on(GetMetricDataCommand).resolves({
      MetricDataResults: [
        { Id: 'requests', Values: [3, 4] },
        { Id: 'errors', Values: [1] },
        { Id: 'latency', Values: [80, 120] },
        { Id: 'memory', Values: [61, 60] },
      ],
    });

    const sample = await targetPolledEvery(30).sample('2', 0, 30_000);

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

  it.each([
    [1, 1],
    [4, 1],
    [5, 5],
    [20, 10],
    [30, 30],
    [59, 30],
    [60, 60],
    [150, 120],
  ])('asks at a poll every %i s for whole periods of %i s, as CloudWatch allows', async (intervalSeconds, period) => {
    cloudwatch.on(GetMetricDataCommand).resolves({});

    await targetPolledEvery(intervalSeconds).sample('2', 601_234, 601_234 + intervalSeconds * 1000);

    const sent = cloudwatch.commandCalls(GetMetricDataCommand)[0]?.args[0].input;
    expect(Number(sent?.StartTime) % (period * 1000)).toBe(0);
    expect(Number(sent?.EndTime) % (period * 1000)).toBe(0);
    expect(new Set(sent?.MetricDataQueries?.map(({ MetricStat }) => MetricStat?.Period))).toEqual(new Set([period]));
  });

  it.each([0, 4, 14, 22])('counts each request once over polls from second %i on, although CloudWatch rounds times', async (offset) => {
    let nowMs = Date.parse('2026-03-02T09:00:00Z') + offset * 1000;
    const arrived = (fromMs: number, toMs: number) => Math.max(0, Math.min(toMs, nowMs) - fromMs) / 100;
    cloudwatch.on(GetMetricDataCommand).callsFake(({ StartTime, EndTime, MetricDataQueries }) => ({
      MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Period } }: { Id: string; MetricStat: { Period: number } }) => {
        const first = Math.floor(StartTime / (Period * 1000)) * Period * 1000;
        const starts = Array.from({ length: Math.ceil((EndTime - first) / (Period * 1000)) }, (_, index) => first + index * Period * 1000);
        return { Id, Timestamps: starts.map((at) => new Date(at)), Values: starts.map((at) => arrived(at, at + Period * 1000)) };
      }),
    }));
    const polled = targetPolledEvery(30);
    const samples: Sample[] = [];

    for (let fromMs = nowMs - 40_000; samples.length < 20; nowMs += 31_000) {
      samples.push(await polled.sample('2', fromMs, nowMs - 10_000));
      fromMs = nowMs - 10_000;
    }

    const judgedMs = (samples.at(-1)?.toMs ?? 0) - (samples[0]?.fromMs ?? 0);
    expect(samples.reduce((sum, { requests }) => sum + (requests ?? 0), 0)).toBe(judgedMs / 100);
  });

  it('asks for six metrics of one version in the service’s namespace, each with its statistic', async () => {
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

  it('reads missing data as null and a measured zero as 0', async () => {
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

  it('reads a missing metric as undefined if other data arrived, and as null otherwise', async () => {
    cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [{ Id: 'requests', Values: [5] }] });
    const [silent] = [await target.sample('2', 0, 1000)];
    cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [] });

    expect(silent).toMatchObject({ cpuPercent: undefined, memoryPercent: undefined, exceptionsInLogs: undefined });
    expect(await target.sample('2', 0, 1000)).toMatchObject({ cpuPercent: null, memoryPercent: null, exceptionsInLogs: null });
  });

  it('reads every page of the CloudWatch reply', async () => {
    const page = (NextToken?: string) => ({ NextToken, MetricDataResults: [{ Id: 'requests', Values: [3, 4] }] });
    cloudwatch.on(GetMetricDataCommand).resolvesOnce(page('more')).resolves(page());

    expect(await target.sample('2', 0, 1000)).toMatchObject({ requests: 14 });
  });

  it.each([
    ['is throttled', () => cloudwatch.on(GetMetricDataCommand).rejects(new Error('ThrottlingException'))],
    [
      'returns a partial result',
      () => cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [{ Id: 'requests', StatusCode: 'InternalError' }] }),
    ],
  ])('reads null instead of throwing while CloudWatch %s', async (_, outage) => {
    outage();

    expect(await target.sample('2', 0, 1000)).toMatchObject({ requests: null, errors: null, p95Ms: null });
  });

  it('probes the version instead of the alias, and reads an empty reply as 502', async () => {
    lambda.on(InvokeCommand).resolves({});

    const answer = await target.probe('2', { name: 'health', method: 'GET', path: '/health', expectStatus: 200 });

    expect(answer).toMatchObject({ status: 502, durationMs: expect.any(Number) });
    expect(lambda.commandCalls(InvokeCommand)[0]?.args[0].input).toMatchObject({ FunctionName: 'shop', Qualifier: '2' });
  });
});
