import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { genesisHash } from '#deployment/audit-chain';
import { handler } from '#handlers/notify';
import { handler as web } from '#handlers/web';
import type { Application } from '#policy/application';
import { deployments } from '#services';
import { parseLink } from '#web/approval-link';
import { deploymentWith, fix } from '../../fixtures/deployment.ts';
import { World } from '../../fixtures/world.ts';

export const telling = deploymentWith({
  sequence: 0,
  headHash: genesisHash,
  fix: { ...fix, digest: Buffer.alloc(32, 1).toString('base64') },
});
export const order = { deploymentId: telling.id, kind: 'cancelled', entryKey: 'o' };
/** Accepts a post with status 200, as a room does. */
export const takes = (response: ServerResponse) => void response.writeHead(200).end();

const rooms = ['one', 'other'].map((name) => ({ kind: 'slack' as const, webhookSecret: `sluice/storefront/${name}` }));
const channels: Application['channels'] = [{ kind: 'mail' }, ...rooms];

interface Receipt {
  readonly id?: string;
  readonly receives?: number;
  readonly body?: object;
}

/** A deployment with approvers who get mail and two rooms that get posts on their webhooks. */
export class NotifyStage {
  readonly world: World;
  readonly posts: string[] = [];
  readonly bodies: string[] = [];
  /** How each room replies to a post. */
  answers: Record<string, (response: ServerResponse) => void> = { one: takes, other: takes };
  readonly #server: Server;
  readonly #ses = mockClient(SESv2Client);
  readonly #secrets = mockClient(SecretsManagerClient);

  private constructor(world: World) {
    this.world = world;
    this.#ses.on(SendEmailCommand).resolves({});
    world.sqs.on(ChangeMessageVisibilityCommand).resolves({});
    this.#server = createServer(async (request, response) => {
      const room = request.url?.slice(1) ?? '';
      this.bodies.push(await text(request));
      this.posts.push(room);
      this.answers[room]?.(response);
    }).listen(0, '127.0.0.1');
  }

  static async open(): Promise<NotifyStage> {
    const stage = new NotifyStage(await World.open());
    await once(stage.#server, 'listening');
    const url = `http://127.0.0.1:${(stage.#server.address() as AddressInfo).port}`;
    stage.#secrets
      .on(GetSecretValueCommand)
      .callsFake(async ({ SecretId }: { SecretId: string }) => ({ SecretString: `${url}/${SecretId.split('/').at(-1)}` }));
    const first = { type: 'LockAwaited', environment: 'staging', holder: 'x' } as const;
    await deployments().create(telling, first, { entryKey: 'before', actor: 'sluice' });
    await stage.world.register({ channels });
    return stage;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    this.#ses.restore();
    this.#secrets.restore();
    await this.world.close();
  }

  receive(...receipts: readonly Receipt[]): Promise<{ batchItemFailures: { itemIdentifier: string }[] }> {
    const Records = receipts.map(({ id = 'm', receives = 1, body = order }) => ({
      messageId: id,
      receiptHandle: `${id}/${receives}`,
      body: JSON.stringify(body),
      attributes: { ApproximateReceiveCount: String(receives) },
    }));
    return handler({ Records } as never, { awsRequestId: 'r' } as never) as never;
  }

  open(rawPath: string): Promise<{ statusCode: number; body: string }> {
    const event = { rawPath, rawQueryString: '', requestContext: { http: { method: 'GET' } } };
    return web(event as never, { awsRequestId: 'r' } as never) as never;
  }

  mails = (): number => this.#ses.commandCalls(SendEmailCommand).length;

  pauses = (): number[] =>
    this.world.sqs.commandCalls(ChangeMessageVisibilityCommand).map(({ args }) => args[0].input.VisibilityTimeout ?? 0);

  /** Each message in the audit trail: its channel and, if it failed, the reason. */
  async told(): Promise<string[]> {
    return (await this.world.events()).flatMap((event) => {
      if (event.type === 'MessageFailed') return `${event.channel}: ${event.because}`;
      return event.type === 'MessageDelivered' ? event.channel : [];
    });
  }

  /** The links of each mail, by its address. */
  linksByMail = () =>
    Object.fromEntries(
      this.#ses.commandCalls(SendEmailCommand).map((call) => {
        const { Destination, Content } = call.args[0].input;
        return [Destination?.ToAddresses?.[0] ?? '', linksIn(Content?.Simple?.Body?.Text?.Data ?? '')] as const;
      }),
    );
}

export const linksIn = (told: string) => (told.match(/https:[^\s|]+/g) ?? []).map((link) => parseLink(new URL(link).pathname, ''));
