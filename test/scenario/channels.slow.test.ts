import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ApiError } from '@sluice/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEvent } from '#deployment/audit-event';
import { messageFor, messageKinds } from '#messages/message';
import { type McpChannel, messageTools } from '#policy/application';
import { deployments } from '#services';
import { parseLink } from '#web/approval-link';
import { startMessageServer } from '../../examples/mcp-message-server/server.ts';
import { basicOf, type PrivateRepository, servePrivately } from '../fixtures/private-repository.ts';
import { Sluice } from './sluice.ts';

interface Post {
  readonly room: string;
  readonly subject: string;
  readonly atMs: number;
  readonly status: number;
  readonly body: string;
}

const RETRY_AFTER_SECONDS = 7;
/** The statuses of a room for the first, second and each later post of one message. */
const ANSWERS = [429, 500, 200];
const TOKEN = 'a-secret-key-to-the-repository';
/** The people who get a message of their own from the MCP server. */
const people = ['lead@acme.example', 'sre@acme.example'];
const webhooks = ['google-chat', 'slack'] as const;
const rooms: readonly string[] = [...webhooks, 'mcp'];
const posts: Post[] = [];
let sluice: Sluice;
let repository: PrivateRepository;
let server: Server;
let mcp: Awaited<ReturnType<typeof startMessageServer>>;
let id: string;

const byMcp = (url: string): McpChannel => ({
  ...{ kind: 'mcp', url, authentication: { kind: 'none' }, tools: [...messageTools], arguments: {} },
});

const subjectOf = (body: string) => {
  const { cardsV2, blocks } = JSON.parse(body);
  return cardsV2?.[0].card.header.title ?? blocks[0].text.text;
};

/** Counts a post and returns its status. */
function statusOf(room: string, subject: string, body: string): number {
  const earlier = posts.filter((post) => post.room === room && post.subject === subject).length;
  const status = ANSWERS[earlier] ?? 200;
  posts.push({ room, subject, status, atMs: sluice.clock.nowMs(), body });
  return status;
}

const wish = { 'retry-after': String(RETRY_AFTER_SECONDS) };

/** Refuses a call of a tool until its turn comes. All other requests pass. */
function interfere(_request: IncomingMessage, body: string, response: ServerResponse): boolean {
  const { method, params } = body ? JSON.parse(body) : {};
  if (method !== 'tools/call') return false;
  const { message, to, subject = message.split('\n')[0] } = params.arguments;
  const status = statusOf(to ?? 'mcp', subject, message ?? body);
  return status !== 200 && response.writeHead(status, wish).end() !== undefined;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const status = statusOf(request.url?.split('/')[1] ?? '', subjectOf(body), body);
  response.writeHead(status, wish).end();
}

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  sluice = await Sluice.start({ productionMix: 'staging' });
  const secrets = new SecretsManagerClient();
  for (const room of webhooks) {
    const SecretString = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${room}/a-secret-key`;
    await secrets.send(new CreateSecretCommand({ Name: `sluice/storefront/${room}`, SecretString }));
  }
  await secrets.send(new CreateSecretCommand({ Name: 'sluice/git/storefront', SecretString: TOKEN }));
  repository = await servePrivately(sluice.repository, TOKEN);
  mcp = await startMessageServer(() => undefined, interfere);
  const inRooms = webhooks.map((kind) => ({ kind, webhookSecret: `sluice/storefront/${kind}` }));
  const cloned = { repositoryUrl: repository.url, repositoryTokenSecret: 'sluice/git/storefront' };
  await sluice.reconfigure((configured) => ({ ...configured, ...cloned, channels: [{ kind: 'mail' }, ...inRooms, byMcp(mcp.url)] }));
  id = await sluice.submit('c-code-quality.json');
  for (const kind of messageKinds) await orderTwice(kind);
  await sluice.ended(id);
  await sluice.later(90);
});
afterAll(async () => {
  await sluice.stop();
  repository.close();
  server.close();
  mcp.close();
});

/** Orders one message twice, as a state does when its task is delivered twice. */
async function orderTwice(kind: string): Promise<void> {
  const MessageBody = JSON.stringify({ deploymentId: id, kind, entryKey: `a task of ${kind}` });
  const QueueUrl = sluice.runtime.outputs.MessagesQueueUrl;
  for (let delivery = 0; delivery < 2; delivery++) await new SQSClient().send(new SendMessageCommand({ QueueUrl, MessageBody }));
}

const deliveriesBy = async (kind: string, channel: string) =>
  (await sluice.trail(id))
    .map(({ event }) => event)
    .filter((event): event is Extract<AuditEvent, { type: 'MessageFailed' | 'MessageDelivered' }> => event.type.startsWith('Message'))
    .filter((event) => event.kind === kind && event.channel === channel)
    .map((event) => ('because' in event ? event.because : 'delivered'));

describe('messages to rooms that fail', () => {
  it('do not delay the deployment', async () => {
    expect(await deployments().read(id)).toMatchObject({ outcome: 'Deployed', production: { result: 'Succeeded' } });
  });

  it.each(messageKinds)('%s is sent again after 429 and 500, arrives once, and leaves a row for each attempt', async (kind) => {
    const { subject } = messageFor(kind, await deployments().read(id), { links: {} });
    const orders = kind === 'deployed' || kind === 'cancel-window' ? 2 : 1;

    for (const room of [...rooms, ...people]) {
      const mine = posts.filter((post) => post.room === room && post.subject === subject);
      expect(mine.map(({ status }) => status)).toEqual([...ANSWERS, ...Array(orders - 1).fill(200)]);
    }
    const once = ['HTTP 429', 'HTTP 500', ...Array(orders).fill('delivered')];
    for (const channel of webhooks) expect((await deliveriesBy(kind, channel)).sort()).toEqual(once);
    expect((await deliveriesBy(kind, 'mcp')).sort()).toEqual([...once, ...once, ...once].sort());
    expect(await deliveriesBy(kind, 'mail')).toEqual(Array(2 * orders).fill('delivered'));
  });

  it('are sent again no sooner than the room asked for', () => {
    const [first, , last] = posts.filter(({ room, subject }) => room === 'slack' && subject.startsWith('CRITICAL')) as [Post, Post, Post];

    expect(last.atMs - first.atMs).toBeGreaterThanOrEqual(RETRY_AFTER_SECONDS * 1000);
  });

  it('contain only links to view, and no row names a webhook', async () => {
    const links: string[] = posts
      .filter(({ room }) => rooms.includes(room))
      .flatMap(({ body }) => body.match(/https?:\/\/[^"|>\\\s]+/g) ?? []);
    const actions = links.map((link) => parseLink(new URL(link).pathname, '')?.action);
    const looked = await sluice.clock.runUntil(fetch(links[0] as string));

    expect(new Set(actions)).toEqual(new Set(['view']));
    expect(looked.status).toBe(200);
    expect(await looked.text()).toContain('Search swallows errors');
    expect(JSON.stringify(await sluice.trail(id))).not.toContain('a-secret-key');
  });
});

/** Makes the mail service return errors for a while: for both people, as often as the SDK tries. */
function mailServiceFails(...statuses: readonly number[]): void {
  const { ses } = sluice.runtime.hosts;
  const working = ses.handle.bind(ses);
  const left = statuses.flatMap((status) => Array<number>(6).fill(status));
  ses.handle = async (call) => {
    const status = left.shift();
    if (!status) return working(call);
    throw new ApiError(status === 429 ? 'TooManyRequestsException' : 'InternalServiceErrorException', 'try again later', status);
  };
}

describe('mail', () => {
  it('is sent again after 429 and 500, and reaches each person once', async () => {
    const before = (await sluice.runtime.mails()).length;
    mailServiceFails(429, 500);

    const MessageBody = JSON.stringify({ deploymentId: id, kind: 'cancelled', entryKey: 'while the mail service fails' });
    await new SQSClient().send(new SendMessageCommand({ QueueUrl: sluice.runtime.outputs.MessagesQueueUrl, MessageBody }));
    await sluice.later(60);

    const mails = (await sluice.runtime.mails()).slice(before);
    expect(mails.map(({ to }) => to[0]).sort()).toEqual(['lead@acme.example', 'sre@acme.example']);
    expect(await deliveriesBy('cancelled', 'mail')).toEqual(
      expect.arrayContaining(['TooManyRequestsException', 'InternalServiceErrorException']),
    );
  });
});

describe('the address of a webhook and the token of a repository', () => {
  it('are stored only among the secrets', () => {
    const data = join(sluice.folder, 'data');
    const files = (readdirSync(data, { recursive: true }) as string[]).filter((file) => statSync(join(data, file)).isFile());
    const holding = files.filter((file) =>
      ['a-secret-key', basicOf(TOKEN)].some((secret) => readFileSync(join(data, file)).includes(secret)),
    );

    expect(files.length).toBeGreaterThan(20);
    expect(new Set(holding.map((file) => dirname(file)))).toEqual(new Set(['secrets-manager']));
  });
});
