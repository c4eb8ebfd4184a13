import { escapeMarkup } from '#platform/escape-markup';
import type { Message } from './message.ts';
import type { ChatRoom } from './messages.port.ts';
import { postToWebhook } from './webhook.http.ts';

/** A Google Chat space by its incoming webhook. A space is shared, so its cards have the `view` link only. */
export class GoogleChatRoom implements ChatRoom {
  readonly #webhookUrl: string;

  constructor(webhookUrl: string) {
    this.#webhookUrl = webhookUrl;
  }

  async post(message: Message): Promise<void> {
    await postToWebhook(this.#webhookUrl, { cardsV2: [{ cardId: message.kind, card: cardOf(message) }] });
  }
}

/** Chat reads `<users/all>` and links in text, and a subset of HTML in cards. So foreign text is escaped. */
function cardOf({ subject, facts, lines, buttons }: Message): object {
  const widgets: object[] = facts.map(([topLabel, text]) => ({ decoratedText: { topLabel, text: escapeMarkup(text), wrapText: true } }));
  const text = lines.map(escapeMarkup).join('<br>').trim();
  if (text) widgets.push({ textParagraph: { text } });
  const view = buttons.find(({ action }) => action === 'view');
  if (view) widgets.push({ buttonList: { buttons: [{ text: view.label, onClick: { openLink: { url: view.url } } }] } });
  return { header: { title: subject }, sections: [{ widgets }] };
}
