import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../../clock/clock.ts';
import { freshFolder, startTemplate } from '../../assembly.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const template = {
  Resources: { Sender: { Type: 'AWS::SES::EmailIdentity', Properties: { EmailIdentity: 'example.com' } } },
};

it('reads a raw mail as its receiver would, at the time of the clock, and still has it after a restart', async () => {
  const dataDir = freshFolder();
  const raw =
    'From: sluice@example.com\r\nTo: ann@example.com, bob@example.com\r\nSubject: =?utf-8?q?L=C3=B6sung?=\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<b>ok</b>\r\n';
  const first = await startTemplate(template, new VirtualClock(START), dataDir);
  await new SESv2Client(first.clientConfig()).send(new SendEmailCommand({ Content: { Raw: { Data: Buffer.from(raw) } } }));
  await first.stop();

  const second = await startTemplate(template, new VirtualClock(START), dataDir);
  const mails = second.mails();
  await second.stop();

  expect(mails).toHaveLength(1);
  expect(mails[0]).toMatchObject({ atMs: START, from: 'sluice@example.com', subject: 'Lösung' });
  expect(mails[0]?.html).toContain('<b>ok</b>');
  expect(mails[0]?.to.join()).toMatch(/ann@example.com.*bob@example.com/);
});
