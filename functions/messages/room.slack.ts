import { escapeMarkup } from '#platform/escape-markup';
import type { Message } from './message.ts';
import type { Room } from './messages.port.ts';
import { postToWebhook } from './webhook.http.ts';

/** Slack's own limits on a header, on a section's text and on one of its fields. */
const [HEADER_CHARACTERS, SECTION_CHARACTERS, FIELD_CHARACTERS] = [150, 3000, 2000];

/**
 * A Slack channel by its incoming webhook; it carries a link to look at, never one that decides, since a channel is shared.
 * Slack reads `<!channel>` and `<@user>` in mrkdwn: what others wrote stays text.
 */
export class SlackRoom implements Room {
  readonly #webhookUrl: string;

  constructor(webhookUrl: string) {
    this.#webhookUrl = webhookUrl;
  }

  async post(message: Message): Promise<void> {
    await postToWebhook(this.#webhookUrl, { text: escapeMarkup(message.subject), blocks: blocksOf(message) });
  }
}

const ours = (text: string) => ({ type: 'mrkdwn', text });
/** Plain, so that no asterisk of others makes a label and no address of others a link. */
const theirs = (text: string, longest: number) => ({ type: 'plain_text', emoji: false, text: escapeMarkup(text).slice(0, longest) });

function blocksOf({ subject, facts, lines, buttons }: Message): object[] {
  const fields = facts.flatMap(([label, value]) => [ours(`*${label}*`), theirs(value, FIELD_CHARACTERS)]);
  const text = lines.join('\n').trim();
  const view = buttons.find(({ action }) => action === 'view');
  return [
    { type: 'header', text: { type: 'plain_text', text: subject.slice(0, HEADER_CHARACTERS) } },
    { type: 'section', fields },
    ...(text ? [{ type: 'section', text: theirs(text, SECTION_CHARACTERS) }] : []),
    ...(view ? [{ type: 'section', text: ours(`<${view.url}|${view.label}>`) }] : []),
  ];
}
