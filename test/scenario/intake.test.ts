import { readFileSync } from 'node:fs';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quarantine } from '#services';
import { submitText } from '../../cli/submit.ts';
import { Sluice } from './sluice.ts';

let sluice: Sluice;
beforeAll(async () => {
  sluice = await Sluice.start({ history: false });
});
afterAll(() => sluice.stop());

const example = (file: string) => readFileSync(new URL(`../../examples/issues/${file}`, import.meta.url), 'utf8');
const send = (...bodies: string[]) => {
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  return sluice.clock.runUntil(
    new SQSClient().send(new SendMessageBatchCommand({ QueueUrl: sluice.runtime.outputs.IssueQueueUrl, Entries })),
  );
};

describe('the intake of issues', () => {
  it('quarantines bad messages with a reason, and admits the good one in the same batch', async () => {
    const unknown = JSON.stringify(JSON.parse(example('bad/unknown-application.json')).Detail);

    await send(example('bad/malformed.txt'), example('bad/missing-fields.json'), unknown, example('b-dependabot-alert.json'));
    const id = await sluice.admitted();

    const reasons = (await quarantine().listQuarantined()).map(({ reason }) => reason);
    expect(reasons).toHaveLength(3);
    expect(reasons).toEqual(
      expect.arrayContaining([
        expect.stringContaining('not JSON'),
        expect.stringContaining('domain:'),
        expect.stringContaining('"warehouse" is not registered'),
      ]),
    );
    expect(await sluice.ended(id)).toMatchObject({ outcome: 'Escalated', decision: { scoreHundredths: 30 } });
    expect((await sluice.ended(id)).outcomeReason).toContain('confidence 0.30 is below 0.50');
  });

  it('refuses a message above the limit of the queue, and names the limit', async () => {
    const tooLong = JSON.stringify({ padding: 'x'.repeat(1024 * 1024) });

    await expect(submitText(tooLong, sluice.runtime.outputs)).rejects.toThrow('Message must be shorter than 1048576 bytes');
  });

  it('quarantines a message above 256 KiB with the field and its limit', async () => {
    const { Detail } = JSON.parse(example('a-failed-check.json'));
    const wide = { ...Detail, fix: { ...Detail.fix, patch: `${Detail.fix.patch}${'+ more\n'.repeat(45_000)}` } };

    await send(JSON.stringify(wide));
    await sluice.later(5);

    expect((await quarantine().listQuarantined())[0]?.reason).toMatch(/^not an issue: fix.patch: .*200000/);
  });

  it('asks for approval of each first fix when there is no history', async () => {
    const id = await sluice.submit('a-failed-check.json');

    expect(await sluice.until(id, ({ approval }) => approval !== undefined)).toMatchObject({
      decision: { scoreHundredths: 80, gates: [{ gate: 'first-time' }], requirement: 'approve' },
    });
  });

  it('vouches for no author of a source without a producer', async () => {
    await sluice.reconfigure((configured) => ({ ...configured, authors: [{ name: 'ben@acme.example', via: 'ci.anybody' }] }));

    const id = await sluice.submit('c-code-quality.json', (text) => text.replace('"ci.storefront"', '"ci.anybody"'));

    expect(await sluice.until(id, ({ decision }) => decision !== undefined)).toMatchObject({
      channel: { kind: 'bus', sender: 'ci.anybody', authenticated: false },
      decision: { gates: expect.arrayContaining([expect.objectContaining({ gate: 'unknown-author' })]), requirement: 'approve' },
    });
  });
});
