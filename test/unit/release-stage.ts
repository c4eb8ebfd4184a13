import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import {
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  LambdaClient,
  PreconditionFailedException,
  ProvisionedConcurrencyConfigNotFoundException,
  UpdateAliasCommand,
} from '@aws-sdk/client-lambda';
import { SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { vi } from 'vitest';
import { genesisHash } from '#deployment/audit-chain';
import type { AuditEvent } from '#deployment/audit-event';
import type { Deployment } from '#deployment/deployment';
import type { Release } from '#deployment/release';
import type { Application } from '#policy/application';
import type { EnvironmentName } from '#policy/policy';
import { deployments, locks } from '#services';
import { application } from '../../cli/start/storefront.ts';
import { deploymentWith, releaseIn } from './deployment-fixture.ts';

type Item = Record<string, unknown>;
type Handler = (event: unknown, context: never) => Promise<unknown>;

const keyOf = (item: Item) => `${item.pk ?? item.deploymentId}/${item.sk ?? item.sequence}`;

/** The tables, one alias, the queue of messages and the waiting tasks, in memory: what the handlers of a release see of AWS. */
export class ReleaseStage {
  readonly db = mockClient(DynamoDBDocumentClient);
  readonly lambda = mockClient(LambdaClient);
  readonly sfn = mockClient(SFNClient);
  readonly #sqs = mockClient(SQSClient);
  readonly #cloudwatch = mockClient(CloudWatchClient);
  readonly items = new Map<string, Item>();
  /** Versions whose every answer is 500. */
  readonly broken = new Set<string>();
  alias = { version: '1', weights: {} as Record<string, number>, revision: 1 };
  /** Throws where the alias is not to be read or moved. */
  refuses: (command: 'GetAlias' | 'UpdateAlias') => void = () => undefined;
  #tasks = 0;

  constructor() {
    const variables = { AWS_REGION: 'us-east-1', DEPLOYMENTS_TABLE: 'D', AUDIT_TABLE: 'A', ARTIFACTS_BUCKET: 'B', MESSAGES_QUEUE_URL: 'Q' };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    this.#storeItems();
    this.#routeUsers();
  }

  /** Opens a deployment whose lock is its own, and whose production has come as far as wanted. */
  async open(change: Partial<Deployment>, configure: (it: Application) => Application = (it) => it): Promise<Deployment> {
    const opened = deploymentWith({ headHash: genesisHash, status: 'Production', outcome: undefined, outcomeReason: undefined, ...change });
    const configured = configure({ ...application(), repositoryUrl: 'r', policy: opened.policy });
    this.keep({ pk: 'applications', sk: configured.name, body: configured });
    await deployments().create(opened, { type: 'LockAcquired', environment: 'production', fence: 1 }, { place: opened.id, actor: 'test' });
    await locks().acquire({ application: 'storefront', environment: 'production' }, { deploymentId: opened.id, taskToken: 'token' });
    return deployments().read(opened.id);
  }

  /** A release with its candidate at a step of a canary, as its own steps left it. */
  underWay(change: Partial<Release> = {}): Release {
    const plan = [25, 60, 100].map((weightPercent) => ({ weightPercent, bakeSeconds: 60 }));
    const baseline = { version: '1', codeSha256: 'code of 1', revision: 'r1' };
    const release = { plan, baseline, candidateVersion: '2', result: undefined, finishedAt: undefined, checks: undefined };
    return releaseIn('production', { ...release, phase: 'bake', revision: `r${this.alias.revision}`, ...change });
  }

  /** Moves the alias, as a step or as a hand does. */
  route(version: string, weights: Record<string, number> = {}): string {
    this.alias = { version, weights, revision: this.alias.revision + 1 };
    return `r${this.alias.revision}`;
  }

  /** Calls a handler as its state does; what it takes beside the machine's input comes last. */
  async task<Answer>(
    handler: unknown,
    { id }: Deployment,
    more: object = {},
    environment: EnvironmentName = 'production',
  ): Promise<Answer> {
    const state = { Name: 'State', EnteredTime: new Date(Date.parse('2026-01-01') + ++this.#tasks).toISOString(), RetryCount: 0 };
    const input = { deploymentId: id, environment, reason: '' };
    return (await (handler as Handler)({ input, execution: `${id}-x`, state, defect: '', ...more }, {} as never)) as Answer;
  }

  messages = (): string[] =>
    this.#sqs.commandCalls(SendMessageCommand).map(({ args }) => JSON.parse(args[0].input.MessageBody as string).kind);

  woken = (): string[] => this.sfn.commandCalls(SendTaskSuccessCommand).map(({ args }) => args[0].input.taskToken as string);

  events = (id?: string): AuditEvent[] =>
    [...this.items.values()]
      .filter((item) => 'previousHash' in item && (!id || item.deploymentId === id))
      .map(({ event }) => event as AuditEvent);

  stop(): void {
    for (const mock of [this.db, this.lambda, this.sfn, this.#sqs, this.#cloudwatch]) mock.restore();
    vi.unstubAllEnvs();
  }

  keep = (item: Item) => this.items.set(keyOf(item), JSON.parse(JSON.stringify(item)));

  #storeItems(): void {
    this.db.on(GetCommand).callsFake(({ Key }) => ({ Item: structuredClone(this.items.get(`${Key.pk}/${Key.sk}`)) }));
    this.db.on(PutCommand).callsFake(({ Item }) => this.keep(Item) && {});
    this.db.on(QueryCommand).callsFake(({ ExpressionAttributeValues: { ':value': value, ':pk': pk } }) => ({
      Items: [...this.items.values()].filter((item) => (pk ? item.pk === pk : item.status === value && item.sk === 'projection')),
    }));
    this.db.on(TransactWriteCommand).callsFake(({ TransactItems }) => {
      for (const { Put } of TransactItems) this.keep(Put.Item);
      return {};
    });
  }

  #routeUsers(): void {
    this.lambda.on(GetAliasCommand).callsFake(() => {
      this.refuses('GetAlias');
      return this.#aliasNow();
    });
    this.lambda.on(GetFunctionConfigurationCommand).callsFake(({ Qualifier }) => ({ CodeSha256: `code of ${Qualifier}` }));
    this.lambda.on(GetProvisionedConcurrencyConfigCommand).rejects(new ProvisionedConcurrencyConfigNotFoundException(missing));
    this.lambda.on(InvokeCommand).callsFake(({ Qualifier }) => ({
      Payload: Buffer.from(
        JSON.stringify({ statusCode: this.broken.has(Qualifier) ? 500 : 200, body: '"totalCents":2400, "consistent":true, Coffee mug' }),
      ),
    }));
    this.lambda.on(UpdateAliasCommand).callsFake(({ FunctionVersion, RoutingConfig, RevisionId }) => {
      this.refuses('UpdateAlias');
      if (RevisionId !== `r${this.alias.revision}`) throw new PreconditionFailedException(missing);
      this.route(FunctionVersion, RoutingConfig?.AdditionalVersionWeights);
      return this.#aliasNow();
    });
  }

  #aliasNow() {
    const { version, weights, revision } = this.alias;
    return { FunctionVersion: version, RoutingConfig: { AdditionalVersionWeights: weights }, RevisionId: `r${revision}` };
  }
}

const missing = { message: 'it is not so', $metadata: {} };
