import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { ChannelRefused } from '#platform/errors';
import type { Mail, Mailer } from './messages.port.ts';
import { NO_REPLY, REPLY_WITHIN_MS } from './webhook.http.ts';

/** Sends multipart mail to one recipient at a time, since each approver has their own links. */
export class SesMail implements Mailer {
  readonly #ses: SESv2Client;
  readonly #from: string;

  constructor(ses: SESv2Client, from: string) {
    this.#ses = ses;
    this.#from = from;
  }

  async send(to: readonly string[], mail: Mail): Promise<void> {
    const part = (data: string) => ({ Data: data, Charset: 'UTF-8' });
    const body = { Text: part(mail.text), ...(mail.html && { Html: part(mail.html) }) };
    const abortSignal = AbortSignal.timeout(REPLY_WITHIN_MS);
    const sent = this.#ses.send(
      new SendEmailCommand({
        FromEmailAddress: this.#from,
        Destination: { ToAddresses: [...to] },
        Content: { Simple: { Subject: part(mail.subject), Body: body } },
      }),
      { abortSignal },
    );
    await sent.catch((error: Error) => {
      throw abortSignal.aborted ? new ChannelRefused(NO_REPLY) : error;
    });
  }
}
