import { escapeMarkup } from '#platform/escape-markup';
import type { Message } from './message.ts';
import type { ChatRoom } from './messages.port.ts';
import { postToWebhook } from './webhook.http.ts';

/** Slack's limit on the text of a header. */
const HEADER_CHARACTERS = 150;
/** Slack's limit on the text of a section. */
const SECTION_CHARACTERS = 3000;
/** Slack's limit on one field of a section. */
const FIELD_CHARACTERS = 2000;

/** A Slack channel by its incoming webhook. A channel is shared, so it gets the `view` link only. */
export class SlackRoom implements ChatRoom {
  readonly #webhookUrl: string;

  constructor(webhookUrl: string) {
    this.#webhookUrl = webhookUrl;
  }

  async post(message: Message): Promise<void> {
    await postToWebhook(this.#webhookUrl, { text: escapeMarkup(message.subject), blocks: blocksOf(message) });
  }
}

const ours = (text: string) => ({ type: 'mrkdwn', text });
/** Slack reads `<!channel>`, asterisks and addresses in mrkdwn. So foreign text is escaped and sent as plain text. */
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
