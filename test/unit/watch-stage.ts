import { CloudWatchClient, GetMetricDataCommand, type GetMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { vi } from 'vitest';
import { genesisHash } from '#deployment/audit-chain';
import type { Release } from '#deployment/release';
import type { Application } from '#policy/application';
import { guidePolicy } from '#policy/policy';
import { deployments, locks, records } from '#services';
import { application } from '../../cli/start/storefront.ts';
import { deploymentWith, releaseIn } from './deployment-fixture.ts';

export const NOW = Date.parse('2026-03-02T09:00:04.500Z');
export const iso = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();
const { id } = deploymentWith();

/** What the handlers of one release meet: one deployment under its lock, and its Lambda function, whose metrics a test tells. */
export class WatchStage {
  readonly lambda = mockClient(LambdaClient);
  readonly asked: GetMetricDataCommandInput[] = [];
  readonly ordered: string[] = [];
  metrics: Readonly<Record<string, number>> = { requests: 100, errors: 0, latency: 20, memory: 40, exceptions: 0 };
  readonly #items = new Map<string, object>();
  #entries = 0;

  constructor() {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    vi.spyOn(console, 'log').mockReturnValue(undefined);
    for (const name of ['DEPLOYMENTS_TABLE', 'AUDIT_TABLE', 'ARTIFACTS_BUCKET', 'MESSAGES_QUEUE_URL']) vi.stubEnv(name, name);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    this.#keepItems();
    this.lambda.on(InvokeCommand).resolves({ Payload: Buffer.from('{"statusCode":200}') as never });
    mockClient(CloudWatchClient)
      .on(GetMetricDataCommand)
      .callsFake((input: GetMetricDataCommandInput) => {
        this.asked.push(input);
        return { MetricDataResults: Object.entries(this.metrics).map(([Id, value]) => ({ Id, Values: [value] })) };
      });
    mockClient(SQSClient)
      .on(SendMessageCommand)
      .callsFake(({ MessageBody }) => this.ordered.push(JSON.parse(MessageBody).kind) && {});
  }

  /** Begins with one production release as a test wants it. */
  async begin(change: Partial<Release>, policy = guidePolicy, configured: Partial<Application> = {}): Promise<void> {
    const production = releaseIn('production', {
      startedAt: iso(0),
      phaseStartedAt: iso(0),
      result: undefined,
      finishedAt: undefined,
      ...change,
    });
    const first = { type: 'LockAwaited', environment: 'production', heldBy: 'x' } as const;
    const started = deploymentWith({ status: 'Production', production, policy, outcome: undefined, sequence: 0, headHash: genesisHash });
    await deployments().create(started, first, { place: 'before', actor: 'sluice' });
    await locks().acquire({ application: 'storefront', environment: 'production' }, { deploymentId: id, taskToken: 't' });
    await records().register({ ...application(), repositoryUrl: 'https://git.example/storefront', policy, ...configured });
  }

  /** Enters a state once more, as its machine does. */
  async enter<Result>(handler: (event: never, context: never) => Promise<Result>, Name: string): Promise<Result> {
    const state = { Name, EnteredTime: `${++this.#entries}` };
    return handler(
      { input: { deploymentId: id, environment: 'production' }, execution: id, state } as never,
      { awsRequestId: 'r' } as never,
    );
  }

  later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

  release = async (): Promise<Release> => (await deployments().read(id)).production as Release;

  close(): void {
    vi.useRealTimers();
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  }

  #keepItems(): void {
    const keyOf = ({ pk, sk, deploymentId, sequence }: Record<string, unknown>) => `${pk ?? deploymentId}/${sk ?? sequence}`;
    const keep = (Item: object) => this.#items.set(keyOf(Item as Record<string, unknown>), structuredClone(Item));
    const tables = mockClient(DynamoDBDocumentClient);
    tables.on(GetCommand).callsFake(({ Key }) => ({ Item: structuredClone(this.#items.get(keyOf(Key))) }));
    tables.on(PutCommand).callsFake(({ Item }) => keep(Item) && {});
    tables.on(TransactWriteCommand).callsFake(({ TransactItems }) => {
      for (const { Put } of TransactItems) keep(Put.Item);
      return {};
    });
  }
}
