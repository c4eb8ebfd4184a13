import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLink } from '#domain/approval-link';
import type { AuditEvent } from '#domain/audit-event';
import { messageFor } from '#domain/message';
import { messageKinds } from '#ports/messages';
import { deployments } from '#support/services';
import { ApiError } from '../../infra/local/host.ts';
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
/** What a room answers to the first, second and any later post of one message. */
const ANSWERS = [429, 500, 200];
const rooms = ['google-chat', 'slack'] as const;
const TOKEN = 'a-secret-key-to-the-repository';
const posts: Post[] = [];
let sluice: Sluice;
let repository: PrivateRepository;
let server: Server;
let id: string;

const subjectOf = (body: string) => {
  const { cardsV2, blocks } = JSON.parse(body);
  return cardsV2?.[0].card.header.title ?? blocks[0].text.text;
};

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const [room, subject] = [request.url?.split('/')[1] ?? '', subjectOf(body)];
  const earlier = posts.filter((post) => post.room === room && post.subject === subject).length;
  const status = ANSWERS[earlier] ?? 200;
  posts.push({ room, subject, status, atMs: sluice.clock.nowMs(), body });
  response.writeHead(status, { 'retry-after': String(RETRY_AFTER_SECONDS) }).end();
}

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  sluice = await Sluice.start({ productionMix: 'staging' });
  const secrets = new SecretsManagerClient();
  for (const room of rooms) {
    const SecretString = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${room}/a-secret-key`;
    await secrets.send(new CreateSecretCommand({ Name: `sluice/storefront/${room}`, SecretString }));
  }
  await secrets.send(new CreateSecretCommand({ Name: 'sluice/git/storefront', SecretString: TOKEN }));
  repository = await servePrivately(sluice.repository, TOKEN);
  const inRooms = rooms.map((kind) => ({ kind, webhookSecret: `sluice/storefront/${kind}` }));
  const cloned = { repositoryUrl: repository.url, repositoryTokenSecret: 'sluice/git/storefront' };
  await sluice.reconfigure((configured) => ({ ...configured, ...cloned, channels: [{ kind: 'mail' }, ...inRooms] }));
  id = await sluice.submit('c-code-quality.json');
  for (const kind of messageKinds) await orderTwice(kind);
  await sluice.ended(id);
  await sluice.later(90);
});
afterAll(async () => {
  await sluice.stop();
  repository.close();
  server.close();
});

/** Orders as a state does whose task is delivered twice. */
async function orderTwice(kind: string): Promise<void> {
  const MessageBody = JSON.stringify({ deploymentId: id, kind, occasion: `a task of ${kind}` });
  const QueueUrl = sluice.runtime.outputs.MessagesQueueUrl;
  for (let delivery = 0; delivery < 2; delivery++) await new SQSClient().send(new SendMessageCommand({ QueueUrl, MessageBody }));
}

const told = async (kind: string, channel: string) =>
  (await sluice.trail(id))
    .map(({ event }) => event)
    .filter((event): event is Extract<AuditEvent, { type: 'MessageFailed' | 'MessageDelivered' }> => event.type.startsWith('Message'))
    .filter((event) => event.kind === kind && event.channel === channel)
    .map((event) => ('because' in event ? event.because : 'delivered'));

describe('messages in rooms that fail', () => {
  it('hold no deployment up', async () => {
    expect(await deployments().read(id)).toMatchObject({ outcome: 'Deployed', production: { result: 'Succeeded' } });
  });

  it.each(messageKinds)('%s is tried again after 429 and 500, told once, and each try is recorded', async (kind) => {
    const { subject } = messageFor(kind, await deployments().read(id), { links: {} });
    const orders = kind === 'deployed' || kind === 'cancel-window' ? 2 : 1;

    for (const room of rooms) {
      const mine = posts.filter((post) => post.room === room && post.subject === subject);
      expect(mine.map(({ status }) => status)).toEqual([...ANSWERS, ...Array(orders - 1).fill(200)]);
      expect((await told(kind, room)).sort()).toEqual(['HTTP 429', 'HTTP 500', ...Array(orders).fill('delivered')]);
    }
    expect(await told(kind, 'mail')).toEqual(Array(2 * orders).fill('delivered'));
  });

  it('come back no sooner than the room asked for', () => {
    const [first, , last] = posts.filter(({ room, subject }) => room === 'slack' && subject.startsWith('CRITICAL')) as [Post, Post, Post];

    expect(last.atMs - first.atMs).toBeGreaterThanOrEqual(RETRY_AFTER_SECONDS * 1000);
  });

  it('carry no link that decides, and no row names a webhook', async () => {
    const links: string[] = posts.flatMap(({ body }) => body.match(/https?:\/\/[^"|>\\]+/g) ?? []);
    const actions = links.map((link) => parseLink(new URL(link).pathname, '')?.action);
    const looked = await sluice.clock.runUntil(fetch(links[0] as string));

    expect(new Set(actions)).toEqual(new Set(['view']));
    expect(looked.status).toBe(200);
    expect(await looked.text()).toContain('Search swallows errors');
    expect(JSON.stringify(await sluice.trail(id))).not.toContain('a-secret-key');
  });
});

/** Lets the mail service answer with errors for a while, each as often as the SDK itself tries. */
function mailServiceFails(...statuses: readonly number[]): void {
  const { ses } = sluice.runtime.hosts;
  const working = ses.handle.bind(ses);
  const left = statuses.flatMap((status) => [status, status, status]);
  ses.handle = async (call) => {
    const status = left.shift();
    if (!status) return working(call);
    throw new ApiError(status === 429 ? 'TooManyRequestsException' : 'InternalServiceErrorException', 'try again later', status);
  };
}

describe('mail', () => {
  it('is tried again after 429 and 500, and reaches everyone once', async () => {
    const before = (await sluice.runtime.mails()).length;
    mailServiceFails(429, 500);

    const MessageBody = JSON.stringify({ deploymentId: id, kind: 'cancelled', occasion: 'while the mail service fails' });
    await new SQSClient().send(new SendMessageCommand({ QueueUrl: sluice.runtime.outputs.MessagesQueueUrl, MessageBody }));
    await sluice.later(60);

    const mails = (await sluice.runtime.mails()).slice(before);
    expect(mails.map(({ to }) => to[0]).sort()).toEqual(['lead@acme.example', 'sre@acme.example']);
    expect(await told('cancelled', 'mail')).toEqual(expect.arrayContaining(['TooManyRequestsException', 'InternalServiceErrorException']));
  });
});

describe('a webhook, and the token of the repository that the fix was made from', () => {
  it('are written down nowhere but among the secrets', () => {
    const data = join(sluice.folder, 'data');
    const files = (readdirSync(data, { recursive: true }) as string[]).filter((file) => statSync(join(data, file)).isFile());
    const holding = files.filter((file) =>
      ['a-secret-key', basicOf(TOKEN)].some((secret) => readFileSync(join(data, file)).includes(secret)),
    );

    expect(files.length).toBeGreaterThan(20);
    expect(new Set(holding.map((file) => dirname(file)))).toEqual(new Set(['secrets-manager']));
  });
});
