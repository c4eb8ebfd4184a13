import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GoogleChatRoom } from '#messages/chat.google-chat';
import { McpMessages } from '#messages/chat.mcp';
import { SlackRoom } from '#messages/chat.slack';
import { SesMail } from '#messages/mail.ses';
import { mailPage } from '#messages/mail-body';
import { messageFor } from '#messages/message';
import { pauseBeforeSeconds } from '#messages/message-retry';
import { type McpChannel, messageTools } from '#policy/application';
import { type SentMessage, startMessageServer } from '../../../examples/mcp-message-server/server.ts';
import { deploymentWith } from '../../fixtures/deployment.ts';

let server: Server;
let url: string;
let status = 200;
let retryAfter: string | undefined;
// biome-ignore lint/suspicious/noExplicitAny: the JSON that a room received
let posted: any;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    posted = await json(request);
    response.writeHead(status, retryAfter ? { 'retry-after': retryAfter } : {}).end('no secrets here');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`;
});
afterAll(() => server.close());

const issue = { ...deploymentWith().issue, title: '<users/all> <!channel> & "more"' };
const message = messageFor('deployed', deploymentWith({ issue }), { links: { view: 'https://sluice.example/v', approve: 'https://no' } });

describe('a room', () => {
  it('posts a card to Google Chat, with foreign text escaped and a view link only', async () => {
    status = 200;
    await new GoogleChatRoom(url).post(message);

    const { header, sections } = posted.cardsV2[0].card;
    expect(header).toEqual({ title: 'Autonomous fix deployed successfully to production (storefront)' });
    expect(sections[0].widgets[0].decoratedText).toEqual({
      topLabel: 'Issue',
      text: '&lt;users/all&gt; &lt;!channel&gt; &amp; "more"',
      wrapText: true,
    });
    expect(sections[0].widgets.at(-1)).toEqual({
      buttonList: { buttons: [{ text: 'View Details', onClick: { openLink: { url: 'https://sluice.example/v' } } }] },
    });
    expect(JSON.stringify(posted)).not.toContain('https://no');
  });

  it('posts blocks to Slack, with foreign text as plain text and a view link only', async () => {
    status = 200;
    await new SlackRoom(url).post(message);

    expect(posted.text).toBe('Autonomous fix deployed successfully to production (storefront)');
    expect(posted.blocks[1].fields.slice(0, 3)).toEqual([
      { type: 'mrkdwn', text: '*Issue*' },
      { type: 'plain_text', emoji: false, text: '&lt;users/all&gt; &lt;!channel&gt; &amp; "more"' },
      { type: 'mrkdwn', text: '*Severity*' },
    ]);
    expect(posted.blocks[2].text).toMatchObject({ type: 'plain_text', emoji: false });
    expect(posted.blocks.at(-1).text.text).toBe('<https://sluice.example/v|View Details>');
    expect(JSON.stringify(posted)).not.toContain('https://no');
  });

  it.each([
    ['seconds', '17', 17],
    ['a date', 'Wed, 01 Jan 2025 00:01:00 GMT', 60],
    ['a date that is past', 'Tue, 31 Dec 2024 00:00:00 GMT', 0],
    ['nonsense', 'soon', undefined],
    ['nothing', undefined, undefined],
  ])('reads from a busy room when to try again: %s', async (_, wish, retryAfterSeconds) => {
    [status, retryAfter] = [429, wish];
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2025-01-01T00:00:00Z') });

    const refused = await new SlackRoom(url).post(message).catch((error: Error) => error);
    vi.useRealTimers();

    expect(refused).toMatchObject({ name: 'ChannelRefused', message: 'HTTP 429', retryAfterSeconds });
  });

  it('leaves the webhook out of the error if it cannot be reached or is no URL', async () => {
    for (const webhook of ['http://127.0.0.1:1/secret-path', 'not a URL: secret-path']) {
      const refused = await new GoogleChatRoom(webhook).post(message).catch((error: Error) => error);

      expect(refused).toMatchObject({ name: 'ChannelRefused', message: 'it could not be reached' });
      expect(String((refused as Error).stack)).not.toContain('secret-path');
    }
  });
});

describe('a mail', () => {
  it('turns off link tracking by SES, which sends each click through a third party', async () => {
    const ses = mockClient(SESv2Client);
    ses.on(SendEmailCommand).resolves({});
    const buttons = ['approve', 'reject', 'view'].map((action) => ({ action, label: action, url: `https://sluice.example/${action}` }));
    const html = mailPage({ ...message, buttons });

    await new SesMail(new SESv2Client({ region: 'us-east-1' }), 'sluice@acme.example').send(['lead@acme.example'], { ...message, html });

    const { Content, ConfigurationSetName } = ses.commandCalls(SendEmailCommand)[0]?.args[0].input ?? {};
    const sent = Content?.Simple?.Body?.Html?.Data ?? '';
    expect(sent.match(/<a\b[^>]*>/g)).toEqual(buttons.map(({ url }) => `<a ses:no-track href="${url}">`));
    expect(ConfigurationSetName).toBeUndefined();
  });
});

describe('an MCP server that sends messages', () => {
  const sent: SentMessage[] = [];
  const answers: number[] = [];
  let messages: Awaited<ReturnType<typeof startMessageServer>>;
  const channel = (): McpChannel => ({
    kind: 'mcp',
    url: messages.url,
    authentication: { kind: 'none' },
    tools: [...messageTools],
    arguments: {},
  });
  const server = (change: Partial<McpChannel> = {}) => new McpMessages({ ...channel(), ...change }, async () => ({}));

  beforeAll(async () => {
    messages = await startMessageServer(
      (what) => void sent.push(what),
      (_request, body, response) => {
        const status = body.includes('tools/call') ? (answers.shift() ?? 200) : 200;
        return status !== 200 && response.writeHead(status, { 'retry-after': '17' }).end(body) !== undefined;
      },
    );
  });
  afterAll(() => messages.close());

  it('replaces foreign brackets in the message of a room', async () => {
    await server().post(message);

    expect(sent.pop()).toEqual({
      tool: 'send_google_chat_webhook',
      arguments: { message: expect.stringContaining('Issue: ‹users/all› ‹!channel› & "more"\nSeverity: low') },
    });
  });

  it('sends a room the view link only, and a person all of their own links', async () => {
    await server().post(message);
    await server().send(['lead@acme.example'], message);

    const [room, mail] = sent.splice(0) as [SentMessage, SentMessage];
    expect(room.arguments.message).toContain('View details: https://sluice.example/v');
    expect(room.arguments.message).not.toContain('https://no');
    expect(mail).toEqual({
      tool: 'stage_email',
      arguments: { to: 'lead@acme.example', subject: message.subject, body: message.text },
    });
    expect(mail.arguments.body).toContain('[Approve] https://no');
  });

  it.each([429, 500])('reports a status %i without the words of the server, since they may quote the message', async (refusal) => {
    answers.push(refusal);

    const refused = await server()
      .post(message)
      .catch((error: Error) => error);

    expect(refused).toMatchObject({ name: 'ChannelRefused', message: `HTTP ${refusal}`, retryAfterSeconds: 17 });
    expect(sent).toEqual([]);
  });

  it('reports a refusal without the words of the server, also with configured arguments', async () => {
    const refused = await server({ arguments: { stage_email: { folder: 'drafts' } } })
      .send(['lead@acme.example'], message)
      .catch((error: Error) => error);

    expect(refused).toMatchObject({ name: 'ChannelRefused', message: 'stage_email was refused' });
  });
});

describe('an undelivered message', () => {
  it('waits as long as the channel asks, or doubles the pause up to 15 minutes, and stays below 12 hours', () => {
    expect(pauseBeforeSeconds(1, 37, 0.5)).toBe(37);
    expect(pauseBeforeSeconds(1, 5, 1)).toBe(10);
    expect(pauseBeforeSeconds(1, undefined, 1)).toBe(10);
    expect(pauseBeforeSeconds(4, undefined, 1)).toBe(80);
    expect(pauseBeforeSeconds(4, undefined, 0)).toBe(1);
    expect(pauseBeforeSeconds(13, undefined, 1)).toBe(900);
    expect(pauseBeforeSeconds(1, 7200, 0.5)).toBe(7200);
    expect(pauseBeforeSeconds(13, 90_000, 1)).toBe(43_140);
  });
});
