import * as z from 'zod';
import { ChannelRefused } from '#platform/errors';
import type { Access } from '#platform/mcp/session';
import { McpTools } from '#platform/mcp/tools';
import type { McpChannel, MessageTool } from '#policy/application';
import type { Message } from './message.ts';
import type { Mail, Mailer, Room } from './messages.port.ts';
import { channelRefusal, NO_REPLY, REPLY_WITHIN_MS } from './webhook.http.ts';

/** A server may say no without calling it an error; what else it says is its own affair. */
const replySchema = z.looseObject({ success: z.boolean().default(true) }).catch({ success: true });

/** Google Chat reads `<users/all>` and `<url|text>` in a text, and knows no escape: what others wrote gets other brackets. */
const harmless = (text: string) => text.replaceAll('<', '‹').replaceAll('>', '›');

/** Tells by the guide's two tools of an MCP server: everyone in its room at once, and each person by a mail of their own. */
export class McpMessages implements Room, Mailer {
  readonly #tools: McpTools;
  readonly #arguments: McpChannel['arguments'];
  readonly #signal = AbortSignal.timeout(REPLY_WITHIN_MS);
  #latest: Response | undefined;

  /** One instance sends one message: its time begins when it is made. */
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

  /** What the server says is not repeated: it may quote the message, and with it somebody's links. */
  async #call(tool: MessageTool, asked: object): Promise<void> {
    const call = { tool, arguments: { ...this.#arguments[tool], ...asked }, reply: replySchema, timeoutMs: REPLY_WITHIN_MS };
    const { success } = await this.#tools.call(call).catch((error: Error) => {
      if (this.#signal.aborted) throw new ChannelRefused(NO_REPLY);
      if (this.#latest && !this.#latest.ok) throw channelRefusal(this.#latest);
      throw new ChannelRefused(error.name === 'TargetRefused' ? `${tool} was refused` : error.name);
    });
    if (!success) throw new ChannelRefused(`${tool} was refused`);
  }

  /** The client's errors have no Retry-After, so the last response to a POST is looked at here. */
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

/** A room is shared, so of the buttons it gets only the one that looks. */
function roomText({ subject, facts, lines, buttons }: Message): string {
  const view = buttons.find(({ action }) => action === 'view');
  const shown = [...facts.map(([label, value]) => `${label}: ${value}`), ...lines].map(harmless);
  return [subject, '', ...shown, ...(view ? ['', `View details: ${view.url}`] : [])].join('\n');
}
