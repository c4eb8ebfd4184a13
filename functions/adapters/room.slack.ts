import type { Message } from '#domain/message';
import type { Room } from '#ports/messages';
import { postToWebhook } from './webhook.ts';

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** Slack reads `<!channel>` and `<@user>` in mrkdwn: what others wrote stays text. */
const escaped = (text: string) => text.replace(/[&<>]/g, (character) => entities[character] as string);
/** Slack's own limits on a header and on a section's text. */
const [HEADER_CHARACTERS, SECTION_CHARACTERS] = [150, 3000];

/** A Slack channel by its incoming webhook; it carries a link to look at, never one that decides, since a channel is shared. */
export class SlackRoom implements Room {
  readonly #webhookUrl: string;

  constructor(webhookUrl: string) {
    this.#webhookUrl = webhookUrl;
  }

  async post(message: Message): Promise<void> {
    await postToWebhook(this.#webhookUrl, { text: escaped(message.subject), blocks: blocksOf(message) });
  }
}

function blocksOf({ subject, facts, lines, answers }: Message): object[] {
  const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text: text.slice(0, SECTION_CHARACTERS) } });
  const told = facts.map(([label, value]) => `*${label}:* ${escaped(value)}`).join('\n');
  const text = lines.map(escaped).join('\n').trim();
  const view = answers.find(({ action }) => action === 'view');
  return [
    { type: 'header', text: { type: 'plain_text', text: subject.slice(0, HEADER_CHARACTERS) } },
    section(told),
    ...(text ? [section(text)] : []),
    ...(view ? [section(`<${view.url}|${view.label}>`)] : []),
  ];
}
