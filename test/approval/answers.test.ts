import { NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { digestFragment, type Link, type LinkAction, parseLink } from '#domain/approval-link';
import { genesisHash } from '#domain/audit-chain';
import type { Approval, Deployment } from '#domain/deployment';
import { guidePolicy } from '#domain/policy';
import { freshForm } from '#support/link-form';
import { signPath } from '#support/links';
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

/** Opens one approver's page in a tab; whatever it sends is one form with one nonce. */
async function open(action: LinkAction, approver = LEAD) {
  const path = await direct(() => signPath(asking, question, approver, action));
  const { nonce, renderedAt, proof } = await direct(() => freshForm(parseLink(path, '') as Link));
  const own = { nonce, rendered: renderedAt, proof, fragment: digestFragment(question.digest) };
  return async (fields: Partial<Record<keyof typeof own, string>> = {}) => {
    const body = `${new URLSearchParams({ ...own, ...fields })}`;
    const event = { rawPath: path, rawQueryString: '', body, requestContext: { http: { method: 'POST' } } };
    const answered = await direct(() => handler(event as never, { awsRequestId: 'r' } as never));
    const { statusCode, body: page } = answered as { statusCode: number; body: string };
    return { statusCode, page, heading: /<h1>([^<]*)<\/h1>/.exec(page)?.[1], counted: page.includes('Your answer counted') };
  };
}

const outcomeTask = {
  ...{ input: { deploymentId: asking.id }, execution: asking.id, defect: 'States.TaskFailed' },
  state: { Name: 'RecordOutcome', EnteredTime: 'then' },
};
const current = () => direct(() => deployments().read(asking.id));
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

    const mistyped = await send({ fragment: '000000' });
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

    for (const fields of [{ proof: '' }, { proof: 'k1.' }, { proof: `k1.${'A'.repeat(9000)}` }, { nonce: 'n'.repeat(5000) }])
      expect((await send(fields)).statusCode, JSON.stringify(fields).slice(0, 40)).toBe(400);
    expect((await current()).approval?.status).toBe('PENDING');
  });

  it('about a deployment that has ended otherwise thanks nobody', async () => {
    await ask();
    const send = await open('approve');
    await direct(() => recordOutcome(outcomeTask as never, { awsRequestId: 'r' } as never));

    const { counted, page } = await send();

    expect(counted).toBe(false);
    expect(page).toContain('This click decided nothing');
    expect(await current()).toMatchObject({ outcome: 'Escalated', approval: { status: 'REVOKED', decidedBy: 'sluice' } });
  });
});
