import { describe, expect, it, vi } from 'vitest';
import { handler as recordOutcome } from '#handlers/record-outcome';
import { ask, asking, current, inAWorldOfItsOwn, LEAD, NOW, open, question, rows, SRE } from './asking.ts';

inAWorldOfItsOwn();

const outcomeTask = {
  input: { deploymentId: asking.id },
  execution: asking.id,
  defect: 'States.TaskFailed',
  state: { Name: 'RecordOutcome', EnteredTime: 'then' },
};
const LONG_DATE = `Mon, 02 Mar 2026 09:30:00 GMT (${'A'.repeat(5000)})`;

describe('the form of a question', () => {
  it('says twice that an answer counted if it is sent twice, and records it once', async () => {
    await ask();
    const send = await open('approve');

    const answers = [await send(), await send()];

    expect(answers.map(({ heading, counted }) => [heading, counted])).toEqual(Array(2).fill(['Approved', true]));
    expect((await rows()).filter(({ type }) => type === 'ApprovalSettled')).toHaveLength(1);
  });

  it('decides after a corrected typo on the same page', async () => {
    await ask();
    const send = await open('approve');

    const mistyped = await send({ fields: { fragment: '000000' } });
    const corrected = await send();

    expect([mistyped.statusCode, mistyped.counted]).toEqual([400, false]);
    expect([corrected.heading, corrected.counted]).toEqual(['Approved', true]);
    expect((await current()).approval?.status).toBe('APPROVED');
  });

  it('refuses a refused answer again when the page is reloaded', async () => {
    await ask();
    const [early, late] = [await open('reject', SRE), await open('approve')];
    await early();

    const answers = [await late(), await late()];

    for (const { heading, counted, page } of answers) {
      expect([heading, counted]).toEqual(['Rejected', false]);
      expect(page).toContain('This click decided nothing');
    }
  });

  it('shows a form with a forged proof or nonce as out of date', async () => {
    await ask();
    const send = await open('approve');

    const forged: Record<string, string>[] = [
      { proof: '' },
      { proof: 'k1.' },
      { proof: `k1.${'A'.repeat(9000)}` },
      { nonce: 'n'.repeat(5000) },
      { rendered: LONG_DATE },
    ];
    for (const fields of forged) expect((await send({ fields })).statusCode, JSON.stringify(fields).slice(0, 40)).toBe(400);
    expect((await current()).approval?.status).toBe('PENDING');
  });

  it('refuses an answer after the deployment has ended', async () => {
    await ask();
    const send = await open('approve');
    await recordOutcome(outcomeTask as never, { awsRequestId: 'r' } as never);

    const { counted, page } = await send();

    expect(counted).toBe(false);
    expect(page).toContain('This click decided nothing');
    const { approvalId } = question;
    expect(await rows()).toContainEqual(expect.objectContaining({ type: 'OutcomeRecorded', approval: { approvalId, status: 'REVOKED' } }));
    expect(await current()).toMatchObject({ outcome: 'Escalated', approval: { status: 'REVOKED', decidedBy: 'sluice' } });
  });

  it('reads a form that the gateway sends in base64', async () => {
    await ask();

    expect((await (await open('approve'))({ base64: true })).heading).toBe('Approved');
  });

  it('refuses a second tab again when it is reloaded, after its approver answered in the first', async () => {
    await ask();
    const [first, second] = [await open('approve'), await open('approve')];
    await first();

    for (const { heading, counted, note } of [await second(), await second()]) {
      expect([heading, counted]).toEqual(['Approved', false]);
      expect(note).toContain('This click decided nothing');
    }
  });

  it('says that a yes does not count after another approver said no', async () => {
    await ask({ approval: { ...question, quorum: 2, votes: [] } });
    const [yes, no] = [await open('approve'), await open('reject', SRE)];

    const answers = [await yes(), await yes(), await no(), await yes()];

    expect(answers.map(({ heading, counted }) => [heading, counted])).toEqual([
      ['1 of 2 said yes', true],
      ['1 of 2 said yes', true],
      ['Rejected', true],
      ['Rejected', false],
    ]);
    expect(answers.at(-1)?.note).toBe('Your yes was recorded, but the question needed 2. It ended before the others said yes.');
  });

  it('says why an answer is refused while the question is open', async () => {
    await ask({ approval: { ...question, makers: [LEAD] } });
    const send = await open('approve');

    const { heading, note } = await send();

    expect(heading).toBe('Your answer was not accepted');
    expect(note).toBe(`This click decided nothing: ${LEAD} made this fix; another approver must answer.`);
    expect(await rows()).toContainEqual(expect.objectContaining({ type: 'AnswerRefused', action: 'approve', by: LEAD, assurance: 'link' }));
  });

  it('does not ask again after a typo if the question is decided', async () => {
    await ask();
    const [send, no] = [await open('approve'), await open('reject', SRE)];
    await no();

    const { heading, note } = await send({ fields: { fragment: '000000' } });

    expect([heading, note]).toEqual(['Rejected', 'This click decided nothing: the six characters do not match the artifact.']);
  });

  it('decides on the last second of a day, and refuses one second after its time', async () => {
    const expiresAt = new Date(NOW + 86_400_000).toISOString();
    const expires = Date.parse(expiresAt);
    await ask({ approval: { ...question, expiresAt } });
    const [inTime, late] = [await open('approve'), await open('reject', SRE)];
    vi.setSystemTime(expires + 1000);

    expect(await late()).toMatchObject({ heading: 'Too late to answer', counted: false });
    expect(await rows()).toContainEqual(expect.objectContaining({ type: 'AnswerRefused', by: SRE }));
    vi.setSystemTime(expires - 1000);
    expect(await inTime()).toMatchObject({ heading: 'Approved', counted: true });
  });

  it('counts the arrival time even if the reply is slow, but no time long ago', async () => {
    const expires = Date.parse(question.expiresAt);
    await ask();
    const [slow, forged] = [await open('approve'), await open('approve', SRE)];

    vi.setSystemTime(expires + 40_000);
    expect(await forged({ timeEpoch: expires - 500 })).toMatchObject({ heading: 'Too late to answer' });
    vi.setSystemTime(expires + 5_000);
    expect(await slow({ timeEpoch: expires - 500 })).toMatchObject({ heading: 'Approved', counted: true });
    expect((await current()).approval?.decidedAt).toBe(new Date(expires - 500).toISOString());
  });

  it('records the present time if the gateway’s clock is ahead', async () => {
    await ask();
    await (await open('approve'))({ timeEpoch: NOW + 3_600_000 });

    expect((await current()).approval?.decidedAt).toBe(new Date(NOW).toISOString());
  });
});
