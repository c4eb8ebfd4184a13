import * as z from 'zod';
import { ChannelRefused } from '#platform/errors';
import type { Access } from '#platform/mcp/session';
import { McpTools } from '#platform/mcp/tools';
import type { McpChannel, MessageTool } from '#policy/application';
import type { Message } from './message.ts';
import type { ChatRoom, Mail, Mailer } from './messages.port.ts';
import { channelRefusal, NO_REPLY, REPLY_WITHIN_MS } from './webhook.http.ts';

/** A server may refuse with `success: false` instead of an error. Sluice ignores the rest of its reply. */
const replySchema = z.looseObject({ success: z.boolean().default(true) }).catch({ success: true });

/** Google Chat reads `<users/all>` and `<url|text>` in a text and has no escape. Foreign text gets other brackets. */
const harmless = (text: string) => text.replaceAll('<', '‹').replaceAll('>', '›');

/** Sends by two tools of an MCP server (R-TELL-4): one post to its room, and one mail to each person. */
export class McpMessages implements ChatRoom, Mailer {
  readonly #tools: McpTools;
  readonly #arguments: McpChannel['arguments'];
  readonly #signal = AbortSignal.timeout(REPLY_WITHIN_MS);
  #latest: Response | undefined;

  /** One instance sends one message. Its time limit begins here. */
  constructor({ url, arguments: more }: McpChannel, access: () => Promise<Access>) {
    this.#tools = new McpTools(url, async () => this.#watched(await access()));
    this.#arguments = more;
  }

  post(message: Message): Promise<void> {
    return this.#call('send_google_chat_webhook', { message: roomText(message) });
  }

  async send(to: readonly string[], { subject, text: body }: Mail): Promise<void> {
    for (const person of to) await this.#call('stage_email', { to: person, subject, body });
  }

  /** Errors leave out the server's own words: they may quote the message, with a person's links. */
  async #call(tool: MessageTool, asked: object): Promise<void> {
    const call = { tool, arguments: { ...this.#arguments[tool], ...asked }, reply: replySchema, timeoutMs: REPLY_WITHIN_MS };
    const { success } = await this.#tools.call(call).catch((error: Error) => {
      if (this.#signal.aborted) throw new ChannelRefused(NO_REPLY);
      if (this.#latest && !this.#latest.ok) throw channelRefusal(this.#latest);
      throw new ChannelRefused(error.name === 'TargetRefused' ? `${tool} was refused` : error.name);
    });
    if (!success) throw new ChannelRefused(`${tool} was refused`);
  }

  /** The MCP client's errors have no Retry-After. So keep the last response to a POST. */
  #watched({ fetch: authorised = fetch, ...access }: Access): Access {
    return {
      ...access,
      fetch: async (url, init = {}) => {
        const signal = init.signal ? AbortSignal.any([init.signal, this.#signal]) : this.#signal;
        const response = await authorised(url, { ...init, signal });
        if (init.method === 'POST') this.#latest = response;
        return response;
      },
    };
  }
}

/** Writes the text for a room. A room is shared, so it gets the `view` button only. */
function roomText({ subject, facts, lines, buttons }: Message): string {
  const view = buttons.find(({ action }) => action === 'view');
  const shown = [...facts.map(([label, value]) => `${label}: ${value}`), ...lines].map(harmless);
  return [subject, '', ...shown, ...(view ? ['', `View details: ${view.url}`] : [])].join('\n');
}
