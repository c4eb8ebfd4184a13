import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfiguredMetricSources } from '#metrics/metrics.configured';
import { type MetricQuery, metricQuerySchema } from '#policy/metric-query';
import { signatureProblem } from '../target/sigv4-verifier.ts';
import { PrometheusServer } from './prometheus-server.ts';

const key = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const startMs = Date.parse('2026-03-02T09:00:00Z');
const window = { fromMs: startMs, toMs: startMs + 90_000, stepSeconds: 30 };
const subject = { version: '7', environment: 'production' };
const cloudwatch = mockClient(CloudWatchClient);
const sources = new ConfiguredMetricSources({
  cloudwatch: new CloudWatchClient({ region: 'us-east-1' }),
  signer: new LambdaClient({ region: 'eu-central-1', credentials: key }).config,
  secrets: { readSecret: async (name) => `token of ${name}` },
  now: () => new Date(window.toMs),
});
const read = (query: MetricQuery, of = subject) => sources.readMetric(query, of, window);

describe('a query in Prometheus', () => {
  let prometheus: PrometheusServer;
  beforeEach(async () => {
    prometheus = await new PrometheusServer().start();
  });
  afterEach(() => prometheus.stop());

  const orders = (authentication: object = { kind: 'none' }, query = 'sum(rate(orders{version="$version",env="$environment"}[$window]))') =>
    metricQuerySchema.parse({ name: 'orders', direction: 'decrease', source: 'prometheus', url: prometheus.url, query, authentication });

  it('asks Prometheus for one version, once per step, and stamps each point with the step’s start', async () => {
    prometheus.value = (_, seconds) => seconds - startMs / 1000;

    expect(await read(orders())).toEqual([
      { atMs: startMs, value: 30 },
      { atMs: startMs + 30_000, value: 60 },
      { atMs: startMs + 60_000, value: 90 },
    ]);
    expect(prometheus.asked[0]?.query).toBe('sum(rate(orders{version="7",env="production"}[30s]))');
  });

  it('reads a division by zero as null and skips a missing sample', async () => {
    prometheus.value = (_, seconds) => (seconds === startMs / 1000 + 30 ? 'NaN' : seconds === startMs / 1000 + 60 ? undefined : '+Inf');

    expect(await read(orders())).toEqual([
      { atMs: startMs, value: null },
      { atMs: startMs + 60_000, value: null },
    ]);
  });

  it('signs the request for Amazon Managed Prometheus if the query says so', async () => {
    const problems: (string | undefined)[] = [];
    prometheus.check = (request, body) => {
      problems.push(signatureProblem(request, body, key, 'aps'));
      return problems.at(-1);
    };

    expect(await read(orders({ kind: 'sigv4', service: 'aps', region: 'us-west-2' }))).toEqual([]);
    expect(problems).toEqual([undefined]);
  });

  it('sends a token from Secrets Manager if the query says so', async () => {
    prometheus.check = ({ headers }) => (headers.authorization === 'Bearer token of sluice/shop/prometheus' ? undefined : 'who are you?');

    expect(await read(orders({ kind: 'bearer', token: 'sluice/shop/prometheus' }))).toEqual([]);
  });

  it.each([
    ['refuses the query', (server: PrometheusServer) => server, 'up{{', 'bad_data: parse error'],
    [
      'returns several series',
      (server: PrometheusServer) => Object.assign(server, { series: 2, value: () => 1 }),
      'up',
      'returns 2 series',
    ],
    ['returns a page', (server: PrometheusServer) => Object.assign(server, { instead: { status: 502, body: '<html>' } }), 'up', 'HTTP 502'],
    [
      'returns a vector',
      (server: PrometheusServer) =>
        Object.assign(server, { instead: { status: 200, body: '{"status":"success","data":{"resultType":"vector","result":[]}}' } }),
      'up',
      'HTTP 200 without',
    ],
    [
      'wants a signature',
      (server: PrometheusServer) => Object.assign(server, { check: () => 'Missing Authentication Token' }),
      'up',
      'HTTP 403',
    ],
  ])('throws MetricSourceFailed if the Prometheus server %s', async (_, change, query, why) => {
    change(prometheus);
    await expect(read(orders({ kind: 'none' }, query))).rejects.toMatchObject({
      name: 'MetricSourceFailed',
      message: expect.stringContaining(why),
    });
  });

  it('throws MetricSourceFailed if no Prometheus server listens', async () => {
    const query = metricQuerySchema.parse({
      name: 'orders',
      direction: 'decrease',
      source: 'prometheus',
      url: 'http://127.0.0.1:9',
      query: 'up',
    });
    await expect(read(query)).rejects.toMatchObject({ name: 'MetricSourceFailed' });
  });

  it('refuses a version that could become a query of its own', async () => {
    await expect(read(orders(), { ...subject, version: '7"} or vector(1)' })).rejects.toMatchObject({ name: 'MetricSourceFailed' });
    expect(prometheus.asked).toEqual([]);
  });
});

describe('a query in CloudWatch', () => {
  beforeEach(() => cloudwatch.reset());

  const failed = metricQuerySchema.parse({
    name: 'failed-payments',
    direction: 'increase',
    source: 'cloudwatch',
    query: '100 * failed / total',
    inputs: {
      failed: { namespace: 'Shop', metric: 'PaymentsFailed', dimensions: { Version: '$version' }, stat: 'Sum' },
      total: { namespace: 'Shop', metric: 'Payments', dimensions: { Version: '$version' }, stat: 'Sum' },
    },
  });
  const page = (minutes: number[], NextToken?: string) => ({
    NextToken,
    MetricDataResults: [
      {
        Id: 'result',
        Timestamps: minutes.map((minute) => new Date(startMs + minute * 30_000)),
        Values: minutes,
        StatusCode: NextToken ? ('PartialData' as const) : ('Complete' as const),
      },
    ],
  });

  it('asks CloudWatch for metric math over the inputs of one version', async () => {
    cloudwatch.on(GetMetricDataCommand).resolves(page([0, 1, 2]));

    await read(failed);

    const input = cloudwatch.commandCalls(GetMetricDataCommand)[0]?.args[0].input;
    expect(input?.MetricDataQueries).toMatchObject([
      {
        Id: 'failed',
        ReturnData: false,
        MetricStat: { Period: 30, Stat: 'Sum', Metric: { Dimensions: [{ Name: 'Version', Value: '7' }] } },
      },
      { Id: 'total', ReturnData: false },
      { Id: 'result', Expression: '100 * failed / total', Period: 30 },
    ]);
  });

  it('reads from CloudWatch only whole periods that are over', async () => {
    cloudwatch.on(GetMetricDataCommand).resolves(page([-1, 0, 1, 2]));

    const points = await sources.readMetric(failed, subject, { fromMs: startMs + 11_000, toMs: startMs + 101_000, stepSeconds: 30 });

    const { StartTime, EndTime } = cloudwatch.commandCalls(GetMetricDataCommand)[0]?.args[0].input ?? {};
    expect([StartTime, EndTime]).toEqual([new Date(startMs), new Date(startMs + 90_000)]);
    expect(points.map(({ value }) => value)).toEqual([0, 1, 2]);
  });

  it('reads CloudWatch’s response to its last page', async () => {
    cloudwatch
      .on(GetMetricDataCommand)
      .resolvesOnce(page([0, 1], 'more'))
      .resolves(page([2]));

    expect(await read(failed)).toEqual([0, 1, 2].map((step) => ({ atMs: startMs + step * 30_000, value: step })));
    expect(cloudwatch.commandCalls(GetMetricDataCommand)[1]?.args[0].input.NextToken).toBe('more');
  });

  it('throws MetricSourceFailed if CloudWatch has no complete response or none at all', async () => {
    cloudwatch
      .on(GetMetricDataCommand)
      .resolvesOnce({ MetricDataResults: [{ Id: 'result', StatusCode: 'InternalError' }] })
      .rejects(new Error('throttled'));

    await expect(read(failed)).rejects.toMatchObject({ name: 'MetricSourceFailed', message: expect.stringContaining('InternalError') });
    await expect(read(failed)).rejects.toMatchObject({ name: 'MetricSourceFailed', message: expect.stringContaining('throttled') });
  });

  it('throws if the CloudWatch expression returns several series', async () => {
    const [one] = page([0, 1]).MetricDataResults;
    cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [one as object, one as object] });

    await expect(read(failed)).rejects.toMatchObject({ message: expect.stringContaining('aggregate') });
  });
});

describe('a probe of an integration', () => {
  it('probes an integration now and never in the past', async () => {
    const server = await new PrometheusServer().start();
    server.instead = { status: 200, body: 'pong' };
    const query = (url: string) =>
      metricQuerySchema.parse({ name: 'payments-api', direction: 'decrease', source: 'probe', query: url, limit: 1 });

    expect(await read(query(server.url))).toEqual([{ atMs: startMs + 60_000, value: 1 }]);
    expect(await sources.readMetric(query(server.url), subject, { ...window, toMs: startMs })).toEqual([]);
    server.stop();
    expect(await read(query('http://127.0.0.1:9/ping'))).toEqual([{ atMs: startMs + 60_000, value: 0 }]);
  });
});
