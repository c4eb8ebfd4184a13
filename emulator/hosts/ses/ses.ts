import { createRequire } from 'node:module';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { jsonBody, jsonReply } from '../../endpoint/json-protocol.ts';
import { SqliteFile } from '../../runtime/sqlite.ts';
import { ApiError, type Host, type HostContext } from '../host.ts';

/** A mail as its receiver would see it. */
export interface Mail {
  readonly id: string;
  readonly atMs: number;
  readonly from: string;
  readonly to: string[];
  readonly subject: string;
  /** Empty for a mail that is HTML only. */
  readonly text: string;
  readonly html?: string;
}

export interface SesHost extends Host {
  mails(): Mail[];
}

const SCHEMA = 'create table if not exists mails (seq integer primary key autoincrement, mail text not null);';

/**
 * Hosts SESv2 SendEmail. `aws-ses-v2-local` checks and parses; this host keeps the mails on disk with the clock's
 * time.
 */
export function hostSes(context: HostContext): SesHost {
  const file = new SqliteFile(join(context.dataDir, 'mails.sqlite'), SCHEMA);
  let parser: Promise<Parser> | undefined;
  return {
    signingNames: ['ses'],
    resources: {
      'AWS::SES::EmailIdentity': async ({ properties: { EmailIdentity } }) => {
        const arn = `arn:aws:ses:${context.region}:${context.account}:identity/${EmailIdentity}`;
        return { ref: EmailIdentity, attributes: { EmailIdentityArn: arn } };
      },
      'AWS::SES::ConfigurationSet': async ({ logicalId, properties }) => ({ ref: properties?.Name ?? logicalId, attributes: {} }),
    },
    async handle(call) {
      if (call.method !== 'POST' || call.path !== '/v2/email/outbound-emails') {
        throw new ApiError('UnknownOperationException', `SES ${call.method} ${call.path} is not supported locally`, 404);
      }
      parser ??= startParser();
      const mail = await (await parser).parse(jsonBody(call));
      file.run('insert into mails (mail) values (?)', JSON.stringify({ ...mail, atMs: context.clock.nowMs() }));
      return jsonReply({ MessageId: mail.id });
    },
    mails: () => file.all<{ mail: string }>('select mail from mails order by seq').map((row) => JSON.parse(row.mail)),
    start: async () => undefined,
    async stop() {
      (await parser)?.close();
      file.close();
    },
  };
}

interface Parser {
  parse(request: unknown): Promise<Omit<Mail, 'atMs'>>;
  close(): void;
}

interface StoredMail {
  readonly messageId: string;
  readonly from: string;
  readonly destination: { to: string[]; cc: string[]; bcc: string[] };
  readonly subject: string;
  readonly body: { text?: string; html?: string };
}

async function startParser(): Promise<Parser> {
  const { default: listen }: { default: (config: object) => Promise<Server> } = createRequire(import.meta.url)('aws-ses-v2-local');
  const server = await listen({ host: '127.0.0.1', port: 0 });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    async parse(request) {
      const headers = { authorization: 'AWS local', 'content-type': 'application/json' };
      const reply = await fetch(`${address}/v2/email/outbound-emails`, { method: 'POST', headers, body: JSON.stringify(request) });
      const answer = (await reply.json()) as { MessageId: string; message?: string; detail?: string };
      if (!reply.ok) throw new ApiError('BadRequestException', [answer.message, answer.detail].filter(Boolean).join(': '));
      const { emails } = (await (await fetch(`${address}/store`)).json()) as { emails: StoredMail[] };
      const stored = emails.findLast((email) => email.messageId === answer.MessageId);
      if (!stored) throw new Error(`aws-ses-v2-local lost the mail ${answer.MessageId}`);
      return mailOf(stored);
    },
    close: () => server.close(),
  };
}

const mailOf = ({ messageId, from, destination: { to, cc, bcc }, subject, body }: StoredMail) => ({
  id: messageId,
  from,
  to: [...to, ...cc, ...bcc],
  subject,
  text: body.text ?? '',
  html: body.html,
});
