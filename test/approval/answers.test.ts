import { NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { digestFragment, type Link, type LinkAction, parseLink } from '#domain/approval-link';
import { genesisHash } from '#domain/audit-chain';
import type { Approval, Deployment } from '#domain/deployment';
import { guidePolicy } from '#domain/policy';
import { freshForm, MISTYPED } from '#support/link-form';
import { STOP_LINK_SECONDS, signPath } from '#support/links';
import { deployments, records } from '#support/services';
import { application } from '../../cli/start/storefront.ts';
import { handler as recordOutcome } from '../../functions/record-outcome.ts';
import { handler } from '../../functions/web.ts';
import { deploymentWith, fix } from '../unit/deployment-fixture.ts';
import { as, type Call, interceptCalls } from './calls.ts';
import { emptyWorld, execute } from './world.ts';

const [LEAD, SRE] = ['lead@acme.example', 'sre@acme.example'];
const NOW = Date.parse('2026-03-02T09:30:00.000Z');
const question: Approval = {
  approvalId: 'Q'.repeat(22),
  kind: 'approve',
  status: 'PENDING',
  environment: 'production',
  approvers: [LEAD, SRE],
  digest: Buffer.alloc(32, 1).toString('base64'),
  requestedAt: '2026-03-02T09:00:00.000Z',
  expiresAt: '2026-03-02T10:00:00.000Z',
};
const asking = deploymentWith({
  ...{ sequence: 0, headHash: genesisHash, status: 'Authorising', approval: question, fix: { ...fix, digest: question.digest } },
  ...{ production: undefined, outcome: undefined, outcomeReason: undefined },
});

const nobodyAsked = () => emptyWorld({ phase: 'waiting', entry: 0, token: 'token-0' }, false);
let world = nobodyAsked();
const direct = <Result>(run: () => Promise<Result>) =>
  as(async (call: Call) => {
    const [next, reply] = execute(world, call);
    world = next;
    return reply;
  }, run);

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  vi.spyOn(console, 'log').mockReturnValue(undefined);
  for (const name of ['DEPLOYMENTS_TABLE', 'AUDIT_TABLE', 'ARTIFACTS_BUCKET']) vi.stubEnv(name, name);
  vi.stubEnv('MESSAGES_QUEUE_URL', 'https://queue');
  vi.stubEnv('LINK_KEY_IDS', 'k1');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  interceptCalls();
  mockClient(S3Client).rejects(new NoSuchKey({ message: 'none', $metadata: {} }));
});
beforeEach(() => {
  vi.setSystemTime(NOW);
});
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Starts anew with one open question, or with a deployment as a test wants it. */
async function ask(change: Partial<Deployment> = {}): Promise<void> {
  world = nobodyAsked();
  await direct(async () => {
    const first = { type: 'LockAwaited', environment: 'staging', heldBy: 'x' } as const;
    await deployments().create({ ...asking, ...change }, first, { place: 'before', actor: 'sluice' });
    await records().keepToken(question.approvalId, { deploymentId: asking.id, taskToken: 'token-0' });
    await records().register({ ...application(), repositoryUrl: 'https://git.example/storefront', policy: guidePolicy });
  });
}

interface Sent {
  readonly fields?: Readonly<Record<string, string>>;
  readonly method?: string;
  /** When API Gateway says that it arrived. */
  readonly timeEpoch?: number;
  readonly base64?: boolean;
}

/** Opens one approver's page in a tab; whatever it sends is one form with one nonce. */
async function open(action: LinkAction, approver = LEAD) {
  const now = await current();
  const path = await direct(() => signPath(now, now.approval, approver, action));
  const { nonce, renderedAt, proof } = await direct(() => freshForm(parseLink(path, '') as Link));
  const own = { nonce, rendered: renderedAt, proof, fragment: digestFragment(question.digest) };
  return async ({ fields = {}, method = 'POST', timeEpoch, base64 = false }: Sent = {}) => {
    const text = `${new URLSearchParams({ ...own, ...fields })}`;
    const body = base64 ? Buffer.from(text).toString('base64') : text;
    const requestContext = { http: { method }, timeEpoch };
    const event = { rawPath: path, rawQueryString: '', body, isBase64Encoded: base64, requestContext };
    const answered = await direct(() => handler(event as never, { awsRequestId: 'r' } as never));
    const { statusCode, body: page } = answered as { statusCode: number; body: string };
    const [, heading] = /<h1>([^<]*)<\/h1>/.exec(page) ?? [];
    const [, note] = /class="note">([^<]*)/.exec(page) ?? [];
    return { statusCode, page, heading, note, counted: page.includes('Your answer counted') };
  };
}

const outcomeTask = {
  ...{ input: { deploymentId: asking.id }, execution: asking.id, defect: 'States.TaskFailed' },
  state: { Name: 'RecordOutcome', EnteredTime: 'then' },
};
const current = () => direct(() => deployments().read(asking.id));
const LONG_DATE = `Mon, 02 Mar 2026 09:30:00 GMT (${'A'.repeat(5000)})`;
const rows = () => Object.values(world.items).flatMap((item) => JSON.parse(item).event ?? []);

describe('a form', () => {
  it('that is sent twice says twice that it counted, and is written down once', async () => {
    await ask();
    const send = await open('approve');

    const answers = [await send(), await send()];

    expect(answers.map(({ heading, counted }) => [heading, counted])).toEqual(Array(2).fill(['Approved', true]));
    expect(rows().filter(({ type }) => type === 'ApprovalSettled')).toHaveLength(1);
  });

  it('in which a typo is corrected decides, though it is the same page in the browser', async () => {
    await ask();
    const send = await open('approve');

    const mistyped = await send({ fields: { fragment: '000000' } });
    const corrected = await send();

    expect([mistyped.statusCode, mistyped.counted]).toEqual([400, false]);
    expect([corrected.heading, corrected.counted]).toEqual(['Approved', true]);
    expect((await current()).approval?.status).toBe('APPROVED');
  });

  it('that was refused is refused again when the page is reloaded', async () => {
    await ask();
    const [early, late] = [await open('reject', SRE), await open('approve')];
    await early();

    const answers = [await late(), await late()];

    for (const { heading, counted, page } of answers) {
      expect([heading, counted]).toEqual(['Rejected', false]);
      expect(page).toContain('This click decided nothing');
    }
  });

  it('with a proof or a nonce that no page of ours has is out of date, as any other', async () => {
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

  it('about a deployment that has ended otherwise thanks nobody', async () => {
    await ask();
    const send = await open('approve');
    await direct(() => recordOutcome(outcomeTask as never, { awsRequestId: 'r' } as never));

    const { counted, page } = await send();

    expect(counted).toBe(false);
    expect(page).toContain('This click decided nothing');
    const { approvalId } = question;
    expect(rows()).toContainEqual(expect.objectContaining({ type: 'OutcomeRecorded', approval: { approvalId, status: 'REVOKED' } }));
    expect(await current()).toMatchObject({ outcome: 'Escalated', approval: { status: 'REVOKED', decidedBy: 'sluice' } });
  });

  it('is read the same when the gateway sends it in base64', async () => {
    await ask();

    expect((await (await open('approve'))({ base64: true })).heading).toBe('Approved');
  });

  it('of a tab that was refused stays refused when it is reloaded, though its approver has answered in another', async () => {
    await ask();
    const [first, second] = [await open('approve'), await open('approve')];
    await first();

    for (const { heading, counted, note } of [await second(), await second()]) {
      expect([heading, counted]).toEqual(['Approved', false]);
      expect(note).toContain('This click decided nothing');
    }
  });

  it('whose yes was one of two is not thanked again once the other said no', async () => {
    await ask({ approval: { ...question, quorum: 2, votes: [] } });
    const [yes, no] = [await open('approve'), await open('reject', SRE)];

    const answers = [await yes(), await yes(), await no(), await yes()];

    expect(answers.map(({ heading, counted }) => [heading, counted])).toEqual([
      ['1 of 2 said yes', true],
      ['1 of 2 said yes', true],
      ['Rejected', true],
      ['Rejected', false],
    ]);
    expect(answers.at(-1)?.note).toBe('Your yes was one of the 2 that were needed; the question ended otherwise.');
  });

  it('that is refused while the question is open says why, and not that it is late', async () => {
    await ask({ approval: { ...question, makers: [LEAD] } });
    const send = await open('approve');

    const { heading, note } = await send();

    expect(heading).toBe('Your answer was not taken');
    expect(note).toBe(`This click decided nothing: ${LEAD} made this fix; another approver must answer.`);
    expect(rows()).toContainEqual(expect.objectContaining({ type: 'AnswerRefused', action: 'approve', by: LEAD, assurance: 'link' }));
  });

  it('with a typo after the decision asks for nothing again', async () => {
    await ask();
    const [send, no] = [await open('approve'), await open('reject', SRE)];
    await no();

    const { heading, note } = await send({ fields: { fragment: '000000' } });

    expect([heading, note]).toEqual(['Rejected', 'This click decided nothing: the six characters do not match the artefact.']);
  });

  it('that was open for a day still decides, and one second after its time it does not', async () => {
    const expiresAt = new Date(NOW + 86_400_000).toISOString();
    const expires = Date.parse(expiresAt);
    await ask({ approval: { ...question, expiresAt } });
    const [inTime, late] = [await open('approve'), await open('reject', SRE)];
    vi.setSystemTime(expires + 1000);

    expect(await late()).toMatchObject({ heading: 'Too late to answer', counted: false });
    expect(rows()).toContainEqual(expect.objectContaining({ type: 'AnswerRefused', by: SRE }));
    vi.setSystemTime(expires - 1000);
    expect(await inTime()).toMatchObject({ heading: 'Approved', counted: true });
  });

  it('counts by when it arrived, however long the answer took, and never by a moment long ago', async () => {
    const expires = Date.parse(question.expiresAt);
    await ask();
    const [slow, forged] = [await open('approve'), await open('approve', SRE)];

    vi.setSystemTime(expires + 40_000);
    expect(await forged({ timeEpoch: expires - 500 })).toMatchObject({ heading: 'Too late to answer' });
    vi.setSystemTime(expires + 5_000);
    expect(await slow({ timeEpoch: expires - 500 })).toMatchObject({ heading: 'Approved', counted: true });
    expect((await current()).approval?.decidedAt).toBe(new Date(expires - 500).toISOString());
  });

  it('is never answered before it was: a clock ahead of ours changes nothing', async () => {
    await ask();
    await (await open('approve'))({ timeEpoch: NOW + 3_600_000 });

    expect((await current()).approval?.decidedAt).toBe(new Date(NOW).toISOString());
  });
});

describe('a stop by a link', () => {
  const released: Partial<Deployment> = {
    status: 'Verifying',
    approval: { ...question, status: 'APPROVED', decidedBy: LEAD, decidedAt: question.requestedAt },
  };

  it('counts once, and says so again when its form is sent again', async () => {
    await ask();
    const [lead, sre] = [await open('cancel'), await open('cancel', SRE)];

    const answers = [await lead(), await sre()];
    vi.setSystemTime(NOW + 1000);
    answers.push(await lead(), await sre());

    expect(answers.map(({ heading, counted }) => [heading, counted])).toEqual([
      ['Cancelled', true],
      ['Cancel not possible', false],
      ['Cancelled', true],
      ['Cancel not possible', false],
    ]);
    expect(rows().filter(({ type }) => /^Stop/.test(type))).toEqual([
      expect.objectContaining({ type: 'StopRequested', by: LEAD, assurance: 'link' }),
      expect.objectContaining({ type: 'StopRefused', kind: 'cancel', by: SRE, because: expect.stringContaining('already asked for') }),
    ]);
  });

  it('that is mistyped is written down and asked again', async () => {
    await ask();
    const send = await open('cancel');

    const mistyped = await send({ fields: { fragment: '000000' } });
    const corrected = await send();

    expect([mistyped.statusCode, corrected.heading]).toEqual([400, 'Cancelled']);
    expect(rows()).toContainEqual(expect.objectContaining({ type: 'StopRefused', by: LEAD, because: MISTYPED }));
  });

  it('that comes too late is written down, decides nothing and gives out no new link', async () => {
    await ask(released);
    const send = await open('cancel');
    vi.setSystemTime(NOW + STOP_LINK_SECONDS * 1000);

    for (const { page, heading } of [await send({ method: 'GET' }), await send()]) {
      expect(heading).toBe('Cancel not possible');
      expect(page).toContain('his link ended at');
      expect(page).not.toContain('href="/deployments/');
    }
    expect(rows().filter(({ type }) => type === 'StopRefused')).toHaveLength(1);
    expect((await current()).stopRequest).toBeUndefined();
  });
});

describe('the page of a decision', () => {
  it('offers to stop what is under way to whoever was asked, until their own link has ended', async () => {
    const approved = { ...question, status: 'APPROVED', decidedBy: LEAD, decidedAt: question.requestedAt } as const;
    await ask({ status: 'Production', approval: approved });
    const look = await open('approve');
    const inTime = await look({ method: 'GET' });
    vi.setSystemTime(Date.parse(question.expiresAt));

    expect(inTime.page).toContain('href="/deployments/');
    expect((await look({ method: 'GET' })).page).not.toContain('href="/deployments/');
  });
});
