import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { SesMail } from '#messages/mail.ses';

const ses = mockClient(SESv2Client);
const mail = new SesMail(new SESv2Client({ region: 'us-east-1' }), 'sluice@example.com');

beforeEach(() => ses.reset());

describe('SesMail', () => {
  it('sends a mail as text, and as multipart when it has HTML', async () => {
    ses.on(SendEmailCommand).resolves({});

    await mail.send(['a@x'], { subject: 's', text: 't' });
    await mail.send(['a@x'], { subject: 's', text: 't', html: '<p>t</p>' });

    expect(ses.commandCalls(SendEmailCommand).map(({ args }) => Object.keys(args[0].input.Content?.Simple?.Body ?? {}))).toEqual([
      ['Text'],
      ['Text', 'Html'],
    ]);
  });

  it('sends a mail from one address to one recipient, each part as UTF-8', async () => {
    ses.on(SendEmailCommand).resolves({});

    await mail.send(['ana@x'], { subject: 'Schön', text: 't', html: '<p>t</p>' });
    await mail.send(['ana@x'], { subject: 's', text: 't', html: '' });

    const part = (Data: string) => ({ Data, Charset: 'UTF-8' });
    expect(ses.commandCalls(SendEmailCommand).map(({ args }) => args[0].input)).toEqual([
      {
        FromEmailAddress: 'sluice@example.com',
        Destination: { ToAddresses: ['ana@x'] },
        Content: { Simple: { Subject: part('Schön'), Body: { Text: part('t'), Html: part('<p>t</p>') } } },
      },
      {
        FromEmailAddress: 'sluice@example.com',
        Destination: { ToAddresses: ['ana@x'] },
        Content: { Simple: { Subject: part('s'), Body: { Text: part('t') } } },
      },
    ]);
  });

  it('throws when SES rejects the mail', async () => {
    ses.on(SendEmailCommand).rejects(new Error('MessageRejected'));

    await expect(mail.send(['a'], { subject: 's', text: 't' })).rejects.toThrow('Rejected');
  });
});
