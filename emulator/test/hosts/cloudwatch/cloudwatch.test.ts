import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../clock/clock.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { freshFolder, startTemplate } from '../../assembly.ts';

const START = Date.parse('2026-01-01T00:00:00Z');

const source = `exports.handler = async ({ latency, fail }) => {
  const _aws = { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: 'Shop', Dimensions: [['FunctionName', 'Version'], []],
    Metrics: [{ Name: 'Latency', Unit: 'Milliseconds', StorageResolution: 1 }, { Name: 'Requests' }, { Name: 'Absent' }] }] };
  console.log(JSON.stringify({ _aws, FunctionName: 'shop', Version: '7', Latency: latency, Requests: 1 }));
  console.log('{"_aws": not json');
  if (fail) throw new Error('failed');
};`;
const template = {
  Resources: {
    Shop: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'shop',
        Runtime: 'nodejs24.x',
        Role: 'arn:aws:iam::000000000000:role/Shop',
        Handler: 'index.handler',
        Timeout: 20,
        Code: { ZipFile: source },
      },
    },
    First: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Shop' } } },
    Live: {
      Type: 'AWS::Lambda::Alias',
      Properties: { FunctionName: { Ref: 'Shop' }, FunctionVersion: { 'Fn::GetAtt': ['First', 'Version'] }, Name: 'live' },
    },
  },
};

const folder = freshFolder();
let clock: VirtualClock;
let runtime: Runtime;
let cloudwatch: CloudWatchClient;

beforeAll(async () => {
  clock = new VirtualClock(START);
  runtime = await startTemplate(template, clock, folder);
  cloudwatch = new CloudWatchClient(runtime.clientConfig());
});
afterAll(() => runtime.stop());

const at = (seconds: number) => new Date(START + seconds * 1000);
const stat = (
  Id: string,
  Namespace: string,
  MetricName: string,
  Stat: string,
  more: { period?: number; dimensions?: object } = {},
): MetricDataQuery => {
  const Dimensions = Object.entries(more.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value }));
  return { Id, MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: more.period ?? 60, Stat } };
};
const read = async (queries: MetricDataQuery[], from: number, to: number) => {
  const request = { MetricDataQueries: queries, StartTime: at(from), EndTime: at(to), ScanBy: 'TimestampAscending' as const };
  const { MetricDataResults = [] } = await cloudwatch.send(new GetMetricDataCommand(request));
  return Object.fromEntries(
    MetricDataResults.map(({ Id, Timestamps = [], Values = [] }) => [
      Id,
      Timestamps.map((time, index) => [(time.getTime() - START) / 1000, Values[index]]),
    ]),
  );
};

describe('metrics that are put', () => {
  beforeAll(async () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const MetricData = values.map((Value, index) => ({ MetricName: 'Load', Timestamp: at(100 + index), Value }));
    const weighted = { MetricName: 'Load', Timestamp: at(119), Values: [20, 30], Counts: [3, 1] };
    await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Test', MetricData: [...MetricData, weighted] }));
  });

  it('reads metrics in periods from the rounded start time, without values for a period without measurements', async () => {
    const found = await read([stat('sum', 'Test', 'Load', 'Sum', { period: 5 })], 98, 125);

    expect(found.sum).toEqual([
      [100, 15],
      [105, 40],
      [115, 90],
    ]);
  });

  it.each([
    ['Average', 145 / 14],
    ['Minimum', 1],
    ['Maximum', 30],
    ['SampleCount', 14],
    ['Sum', 145],
    ['p50', 7],
    ['p90', 20],
    ['p99.9', 30],
  ])('computes the statistic %s', async (name, value) => {
    const whole = await read([stat('one', 'Test', 'Load', name)], 60, 120);

    expect(whole.one).toEqual([[60, value]]);
  });

  it('includes a period that began before the end time, and excludes one that begins at it', async () => {
    expect((await read([stat('sum', 'Test', 'Load', 'Sum', { period: 5 })], 100, 106)).sum).toEqual([
      [100, 15],
      [105, 40],
    ]);
    expect((await read([stat('sum', 'Test', 'Load', 'Sum', { period: 5 })], 100, 105)).sum).toEqual([[100, 15]]);
  });

  it('rounds the start to the whole minute unless the period is 5, 10, 20 or 30 s', async () => {
    expect((await read([stat('sum', 'Test', 'Load', 'Sum', { period: 1 })], 118, 120)).sum).toHaveLength(11);
    expect((await read([stat('sum', 'Test', 'Load', 'Sum')], 118, 120)).sum).toEqual([[60, 145]]);
  });

  it('computes an expression where both sides have values', async () => {
    const queries: MetricDataQuery[] = [
      { ...stat('sum', 'Test', 'Load', 'Sum'), ReturnData: false },
      { ...stat('count', 'Test', 'Load', 'SampleCount'), ReturnData: false },
      { ...stat('never', 'Test', 'Nothing', 'Sum'), ReturnData: false },
      { Id: 'share', Expression: '100 * (sum - 5) / count - 2 * 3' },
      { Id: 'nothing', Expression: 'sum / never' },
    ];

    expect(await read(queries, 60, 120)).toEqual({ share: [[60, 994]], nothing: [] });
  });

  it('refuses an unknown expression', async () => {
    for (const Expression of ['SUM(METRICS())', 'sum sum', 'other', '3 + 4', '(sum'])
      await expect(read([stat('sum', 'Test', 'Load', 'Sum'), { Id: 'odd', Expression }], 100, 160)).rejects.toMatchObject({
        name: 'ValidationException',
      });
  });
});

describe('metrics of functions', () => {
  it("is counted from their log lines and by their host, at the clock's time, and is still known after a restart", async () => {
    const lambda = new LambdaClient(runtime.clientConfig());
    await clock.runUntil(new Promise<void>((resolve) => clock.at(START + 3600_000, resolve)));
    for (const event of [{ latency: 10 }, { latency: 30, fail: true }])
      await lambda.send(new InvokeCommand({ FunctionName: 'shop', Qualifier: 'live', Payload: JSON.stringify(event) }));
    await runtime.stop();
    runtime = await startTemplate(template, clock, folder);
    cloudwatch = new CloudWatchClient(runtime.clientConfig());

    const dimensions = { FunctionName: 'shop', Resource: 'shop:live', ExecutedVersion: '1' };
    const queries = [
      stat('latency', 'Shop', 'Latency', 'Maximum', { dimensions: { Version: '7', FunctionName: 'shop' }, period: 1 }),
      stat('requests', 'Shop', 'Requests', 'Sum'),
      stat('absent', 'Shop', 'Absent', 'Sum'),
      stat('invocations', 'AWS/Lambda', 'Invocations', 'Sum', { dimensions }),
      stat('errors', 'AWS/Lambda', 'Errors', 'Sum', { dimensions }),
      stat('duration', 'AWS/Lambda', 'Duration', 'SampleCount', { dimensions: { FunctionName: 'shop' } }),
    ];

    expect(await read(queries, 3600, 3660)).toEqual({
      latency: [[3600, 30]],
      requests: [[3600, 2]],
      absent: [],
      invocations: [[3600, 2]],
      errors: [[3600, 1]],
      duration: [[3600, 2]],
    });
  });
});
