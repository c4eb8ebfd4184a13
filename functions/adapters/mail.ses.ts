import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { MessageChannel, OutgoingMessage } from '#ports/messages';

/** Sends multipart mail, one recipient each, since every approver's link is their own. */
export class SesMail implements MessageChannel {
  readonly name = 'mail';
  readonly #ses: SESv2Client;
  readonly #from: string;

  constructor(ses: SESv2Client, from: string) {
    this.#ses = ses;
    this.#from = from;
  }

  async send(to: readonly string[], message: OutgoingMessage): Promise<void> {
    const part = (data: string) => ({ Data: data, Charset: 'UTF-8' });
    const body = { Text: part(message.text), ...(message.html && { Html: part(message.html) }) };
    await this.#ses.send(
      new SendEmailCommand({
        FromEmailAddress: this.#from,
        Destination: { ToAddresses: [...to] },
        Content: { Simple: { Subject: part(message.subject), Body: body } },
      }),
    );
  }
}
