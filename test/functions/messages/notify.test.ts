import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { genesisHash } from '#deployment/audit-chain';
import type { AuditEvent } from '#deployment/audit-event';
import { handler } from '#handlers/notify';
import { handler as web } from '#handlers/web';
import { messageKinds } from '#messages/message';
import { AuditContention } from '#platform/errors';
import type { Application } from '#policy/application';
import { guidePolicy } from '#policy/policy';
import { applications, deliveries, deployments, linkSigner } from '#services';
import { type Link, linkPath, parseLink, ROOM } from '#web/approval-link';
import { application } from '../../../cli/start/storefront.ts';
import { deploymentWith, fix } from '../../fixtures/deployment.ts';
import { as, type Call, interceptCalls } from '../web/calls.ts';
import { emptyWorld, execute } from '../web/world.ts';

const NOW = Date.parse('2026-03-02T09:30:00.000Z');
const digest = Buffer.alloc(32, 1).toString('base64');
const telling = deploymentWith({ sequence: 0, headHash: genesisHash, fix: { ...fix, digest } });
const rooms = ['one', 'other'].map((name) => ({ kind: 'slack' as const, webhookSecret: `sluice/storefront/${name}` }));
const channels: Application['channels'] = [{ kind: 'mail' }, ...rooms];
const order = { deploymentId: telling.id, kind: 'cancelled', entryKey: 'o' };
const nothing = emptyWorld({ phase: 'done', entry: 0, token: '' }, false);

let world = nothing;
const direct = <Result>(run: () => Promise<Result>) =>
  as(async (call: Call) => {
    const [next, reply] = execute(world, call);
    world = next;
    return reply;
  }, run);

interceptCalls();
const [ses, sqs, secrets] = [mockClient(SESv2Client), mockClient(SQSClient), mockClient(SecretsManagerClient)];
let server: Server;
/** How each room replies to a post. */
let answers: Record<string, (response: ServerResponse) => void>;
const posts: string[] = [];
const bodies: string[] = [];
const takes = (response: ServerResponse) => void response.writeHead(200).end();

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  vi.spyOn(console, 'log').mockReturnValue(undefined);
  for (const name of ['DEPLOYMENTS_TABLE', 'AUDIT_TABLE', 'MESSAGES_QUEUE_URL', 'ARTIFACTS_BUCKET']) vi.stubEnv(name, name);
  vi.stubEnv('LINK_KEY_IDS', 'k1');
  vi.stubEnv('MAIL_FROM', 'sluice@acme.example');
  vi.stubEnv('PUBLIC_URL', 'https://sluice.example');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  server = createServer(async (request, response) => {
    const room = request.url?.slice(1) ?? '';
    bodies.push(await text(request));
    posts.push(room);
    answers[room]?.(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

beforeEach(async () => {
  vi.setSystemTime(NOW);
  world = nothing;
  posts.length = 0;
  bodies.length = 0;
  answers = { one: takes, other: takes };
  for (const client of [ses, sqs, secrets]) client.reset();
  ses.on(SendEmailCommand).resolves({});
  sqs.on(ChangeMessageVisibilityCommand).resolves({});
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  secrets
    .on(GetSecretValueCommand)
    .callsFake(async ({ SecretId }: { SecretId: string }) => ({ SecretString: `${url}/${SecretId.split('/').at(-1)}` }));
  await direct(async () => {
    await deployments().create(
      telling,
      { type: 'LockAwaited', environment: 'staging', holder: 'x' },
      { entryKey: 'before', actor: 'sluice' },
    );
    await applications().register({ ...application(), channels, repositoryUrl: 'https://git.example/storefront', policy: guidePolicy });
  });
});

interface Receipt {
  readonly id?: string;
  readonly receives?: number;
  readonly body?: object;
}

const receive = (...receipts: readonly Receipt[]) =>
  direct(() => {
    const Records = receipts.map(({ id = 'm', receives = 1, body = order }) => ({
      messageId: id,
      receiptHandle: `${id}/${receives}`,
      body: JSON.stringify(body),
      attributes: { ApproximateReceiveCount: String(receives) },
    }));
    return handler({ Records } as never, { awsRequestId: 'r' } as never) as Promise<{ batchItemFailures: { itemIdentifier: string }[] }>;
  });
const all = { batchItemFailures: [] };
const notSent = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });
const mails = () => ses.commandCalls(SendEmailCommand).length;
const pauses = () => sqs.commandCalls(ChangeMessageVisibilityCommand).map((call) => call.args[0].input.VisibilityTimeout ?? 0);
const attempted = () =>
  Object.values(world.items)
    .flatMap((item): AuditEvent[] => JSON.parse(item).event ?? [])
    .flatMap((event) =>
      event.type === 'MessageFailed' ? `${event.channel}: ${event.because}` : event.type === 'MessageDelivered' ? event.channel : [],
    );

const linksIn = (attempted: string) => (attempted.match(/https:[^\s|]+/g) ?? []).map((link) => parseLink(new URL(link).pathname, ''));
const open = (rawPath: string) =>
  direct(() => {
    const event = { rawPath, rawQueryString: '', requestContext: { http: { method: 'GET' } } };
    return web(event as never, { awsRequestId: 'r' } as never) as Promise<{ statusCode: number; body: string }>;
  });

/** The links of each mail, by recipient. */
const linksByMail = () =>
  Object.fromEntries(
    ses.commandCalls(SendEmailCommand).map((call) => {
      const { Destination, Content } = call.args[0].input;
      return [Destination?.ToAddresses?.[0] ?? '', linksIn(Content?.Simple?.Body?.Text?.Data ?? '')] as const;
    }),
  );

describe('a message', () => {
  it.each(messageKinds)('%s gives each person their own view link, and a room a shared one', async (kind) => {
    await receive({ body: { ...order, kind } });

    expect(Object.keys(linksByMail()).sort()).toEqual(['lead@acme.example', 'sre@acme.example']);
    for (const [person, links] of Object.entries(linksByMail()))
      expect(links.filter((link) => link?.action === 'view')).toEqual([expect.objectContaining({ approver: person })]);
    expect(linksIn(bodies.join())).toEqual(Array(2).fill(expect.objectContaining({ action: 'view', approver: ROOM })));
  });

  it('shows the deployment by each view link, until the person is no longer an approver', async () => {
    await receive({});
    const paths = [...(linksByMail()['sre@acme.example'] ?? []), ...linksIn(bodies.join())].map((link) => linkPath(link as Link));
    const opened = await Promise.all(paths.map((path) => open(path)));
    const leads = { ...application(), repositoryUrl: 'https://git.example/storefront', policy: guidePolicy };
    await direct(() => applications().register({ ...leads, approvers: { production: ['lead@acme.example'] } }));
    const later = await Promise.all(paths.map((path) => open(path)));

    expect(opened.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    for (const { body } of opened) expect(body).toContain('deployed, and verified (stable through 2100 s of watching in production)');
    expect(later.map(({ statusCode }) => statusCode)).toEqual([404, 200, 200]);
    expect((await open(paths[0]?.replace(/view$/, 'approve') ?? '')).statusCode).toBe(404);
  });

  it('lets each approver stop a release that needed no approval', async () => {
    await receive({ body: { ...order, kind: 'released' } });

    const mine = linksByMail()['lead@acme.example'];
    expect(mine?.map((link) => [link?.action, link?.approver])).toEqual(
      ['cancel', 'rollback', 'view'].map((action) => [action, 'lead@acme.example']),
    );
  });
});

describe('the order of a message', () => {
  it('sends an order once if it is received twice at once, and the other receipt comes back to check', async () => {
    const [first, second] = await Promise.all([receive({ receives: 1 }), receive({ receives: 2 })]);
    const third = await receive({ receives: 3 });

    expect([first, second].map(({ batchItemFailures }) => batchItemFailures.length).sort()).toEqual([0, 1]);
    expect(third).toEqual(all);
    expect([posts.sort(), mails()]).toEqual([['one', 'other'], 2]);
    expect(attempted().sort()).toEqual(['mail', 'mail', 'slack', 'slack']);
  });

  it('sends an order once if it was queued under the former name of its entry key', async () => {
    const body = { deploymentId: telling.id, kind: 'cancelled', occasion: 'o' };
    expect(await receive({ id: 'former', body })).toEqual(all);
    expect([posts.sort(), mails()]).toEqual([['one', 'other'], 2]);

    expect(await receive({ id: 'present' })).toEqual(all);
    expect([posts.sort(), mails()]).toEqual([['one', 'other'], 2]);
  });

  it('sends an order after the claim of a crashed sender has lapsed', async () => {
    const entryKey = 'message/cancelled/o/slack/sluice/storefront/one';
    await direct(() => deliveries().claim({ deploymentId: telling.id, entryKey, holder: 'm/1' }));

    expect(await receive({ receives: 2 })).toEqual(notSent('m'));
    expect([posts, pauses()]).toEqual([['other'], [90]]);

    vi.setSystemTime(NOW + 90_000);
    expect(await receive({ receives: 3 })).toEqual(all);
    expect(posts).toEqual(['other', 'one']);
  });

  it('gives a room that hangs ten seconds, and sends to all others meanwhile', async () => {
    const limit = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(limit.signal);
    answers.one = () => undefined;
    const receiving = receive({ id: 'a', body: { ...order, entryKey: 'a' } }, { id: 'b', body: { ...order, entryKey: 'b' } });
    await vi.waitFor(() => expect([posts.length, mails()]).toEqual([4, 4]));

    limit.abort(new DOMException('late', 'TimeoutError'));

    expect(await receiving).toEqual(notSent('a', 'b'));
    expect(new Set(timeout.mock.calls.flat())).toEqual(new Set([10_000]));
    expect(attempted().filter((row) => row !== 'mail' && row !== 'slack')).toEqual(Array(2).fill('slack: it did not answer within 10 s'));
    timeout.mockRestore();
  });

  it('fails only the order with an unknown deployment', async () => {
    const unknown = { ...order, deploymentId: 'auto-deploy-20260302-0000000000' };

    expect(await receive({ id: 'a', body: unknown }, { id: 'b', body: { nonsense: true } }, { id: 'c' })).toEqual(notSent('a', 'b'));
    expect(mails()).toBe(2);
  });

  it('records an order with unsigned links as failed, and tries it again', async () => {
    const sign = vi.spyOn(linkSigner(), 'sign').mockRejectedValue(Object.assign(new Error('no'), { name: 'KMSInternalException' }));

    expect(await receive({ body: { ...order, kind: 'stuck' } })).toEqual(notSent('m'));
    expect(attempted()).toEqual(expect.arrayContaining(['mail: KMSInternalException']));
    sign.mockRestore();
  });

  it('writes a row after it lost four races for the head of the chain', async () => {
    const record = vi.spyOn(deployments(), 'record');
    for (let times = 0; times < 4; times++) record.mockRejectedValueOnce(new AuditContention(telling.id));

    expect(await receive({})).toEqual(all);
    expect(attempted().sort()).toEqual(['mail', 'mail', 'slack', 'slack']);
    record.mockRestore();
  });

  it('tries a room again when it asks, also hours later, and delays or repeats no other delivery', async () => {
    answers.one = (response) => void response.writeHead(429, { 'retry-after': '7200' }).end();
    answers.other = (response) => void response.writeHead(500).end();

    await receive({ receives: 1 });
    vi.setSystemTime(NOW + 20_000);
    await receive({ receives: 2 });
    answers.other = takes;
    vi.setSystemTime(NOW + 60_000);
    await receive({ receives: 3 });

    expect(posts.filter((room) => room === 'one').length).toBe(1);
    expect(posts.filter((room) => room === 'other').length).toBe(3);
    expect(mails()).toBe(2);
    expect(
      pauses()
        .slice(0, 2)
        .every((seconds) => seconds <= 20),
    ).toBe(true);
    expect(pauses()[2]).toBe(7200 - 60);
  });
});
