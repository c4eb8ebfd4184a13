import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { genesisHash } from '#deployment/audit-chain';
import type { Approval, Deployment } from '#deployment/deployment';
import { handler } from '#handlers/web';
import { guidePolicy } from '#policy/policy';
import { applications, approvals, deployments, linkPorts, linkSigner } from '#services';
import { type Link, linkPath, parseLink, signedBytes } from '#web/approval-link';
import { signPath } from '#web/links.flow';
import { application } from '../../../cli/start/storefront.ts';
import { deploymentWith, fix } from '../../fixtures/deployment.ts';
import { as, type Call, interceptCalls } from './calls.ts';
import { emptyWorld, execute } from './world.ts';

const LEAD = 'lead@acme.example';
const NOW = '2026-03-02T09:30:00.000Z';
const question: Approval = {
  approvalId: 'Q'.repeat(22),
  kind: 'approve',
  status: 'PENDING',
  environment: 'production',
  approvers: [LEAD, 'sre@acme.example'],
  digest: Buffer.alloc(32, 1).toString('base64'),
  requestedAt: '2026-03-02T09:00:00.000Z',
  expiresAt: '2026-03-02T10:00:00.000Z',
};
const asking = deploymentWith({
  id: 'auto-deploy-20260302-0123456789',
  sequence: 0,
  headHash: genesisHash,
  status: 'Authorising',
  approval: question,
  fix: { ...fix, digest: question.digest },
  production: undefined,
  outcome: undefined,
  outcomeReason: undefined,
});

let world = emptyWorld({ phase: 'waiting', entry: 0, token: 'token-0' }, false);
let calls: string[] = [];
const answer = async (call: Call) => {
  calls.push(call.operation);
  const [next, reply] = execute(world, call);
  world = next;
  return reply;
};
const direct = <Result>(run: () => Promise<Result>) => as(answer, run);

function get(path: string, query = '') {
  calls = [];
  const event = { rawPath: path, rawQueryString: query, requestContext: { http: { method: 'GET' } } };
  return direct(() => handler(event as never, { awsRequestId: 'r' } as never)) as Promise<{
    statusCode: number;
    body: string;
    headers: object;
  }>;
}

async function keep(deployment: Deployment): Promise<void> {
  const item = world.items[`deployment#${asking.id}/projection`] as string;
  const changed = JSON.stringify({ ...JSON.parse(item), body: deployment });
  world = { ...world, items: { ...world.items, [`deployment#${asking.id}/projection`]: changed } };
}

let paths: Record<'approve' | 'cancel', string>;
let nothing: Awaited<ReturnType<typeof get>>;
let workOfNothing: string[];

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(NOW) });
  vi.spyOn(console, 'log').mockReturnValue(undefined);
  for (const name of ['DEPLOYMENTS_TABLE', 'AUDIT_TABLE', 'ARTIFACTS_BUCKET']) vi.stubEnv(name, name);
  vi.stubEnv('LINK_KEY_IDS', 'k2,k1');
  vi.stubEnv('PUBLIC_URL', 'https://sluice.example');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  interceptCalls();
  await direct(async () => {
    await deployments().create(
      asking,
      { type: 'LockAwaited', environment: 'staging', holder: 'x' },
      { entryKey: 'before', actor: 'sluice' },
    );
    await approvals().keepToken(question.approvalId, { deploymentId: asking.id, taskToken: 'token-0' });
    await applications().register({ ...application(), repositoryUrl: 'https://git.example/storefront', policy: guidePolicy });
    paths = {
      approve: await signPath(linkPorts(), asking, question, LEAD, 'approve'),
      cancel: await signPath(linkPorts(), asking, question, LEAD, 'cancel'),
    };
  });
  nothing = await get('/approvals/x/approve');
  workOfNothing = calls;
});
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const linkOf = (name: 'approve' | 'cancel') => parseLink(paths[name], '') as Link;

/** Expects the one reply to all invalid links: the same bytes, for the same calls. */
async function expectNothing(path: string, query = ''): Promise<void> {
  const answered = await get(path, query);
  expect({ answered, calls }).toEqual({ answered: nothing, calls: workOfNothing });
}

async function signed(change: Partial<Link>, binding: object = {}, keyId?: string): Promise<string> {
  const { mac: _, ...link } = { ...linkOf('approve'), ...change };
  const bound = {
    application: 'storefront',
    environment: 'production',
    digest: question.digest,
    policyVersion: guidePolicy.version,
    ...binding,
  };
  const made = await direct(() => linkSigner().sign(signedBytes(link, bound)));
  return linkPath({ ...link, mac: made.mac, ...(keyId && { keyId }) });
}

describe('a link', () => {
  it('opens a link of ours, also if a previous key signed it', async () => {
    expect((await get(paths.cancel)).statusCode).toBe(200);
    const before = linkOf('cancel');
    const { createHmac } = await import('node:crypto');
    const { mac: _, ...unsigned } = { ...before, keyId: 'k1' };
    const bound = { application: 'storefront', environment: 'production', digest: question.digest, policyVersion: guidePolicy.version };
    const mac = createHmac('sha256', 'the older').update(signedBytes(unsigned, bound)).digest('base64url');

    expect((await get(linkPath({ ...unsigned, mac }))).statusCode).toBe(200);
  });

  it.each(['approve', 'cancel'] as const)('refuses a link to %s with any single bit flipped', async (name) => {
    const path = paths[name];
    for (let bit = 0; bit < path.length * 8; bit++) {
      const bytes = Buffer.from(path, 'latin1');
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      await expectNothing(bytes.toString('latin1'));
    }
  });

  it('refuses a link with any field changed', async () => {
    const fields = ['keyId', 'subject', 'approver', 'issued', 'expires', 'mac', 'action', 'version'] as const;
    const later = fc
      .date({ min: new Date('2026-03-02'), max: new Date('2026-04-02'), noInvalidDate: true })
      .map((date) => date.toISOString());
    const text = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
    const values = {
      keyId: fc.oneof(text, fc.constantFrom('k1', 'alias/k2')),
      subject: text,
      approver: fc.constantFrom('sre@acme.example', 'eve@acme.example', 'LEAD@acme.example'),
      issued: later,
      expires: later,
      mac: fc.stringMatching(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/),
      action: fc.constantFrom('view', 'reject', 'proceed', 'cancel', 'rollback'),
      version: fc.constantFrom('0', '2', ''),
    };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...fields).chain((field) => values[field].map((value) => [field, value] as const)),
        async ([field, value]) => {
          fc.pre(linkOf('approve')[field] !== value);
          await expectNothing(linkPath({ ...linkOf('approve'), [field]: value } as Link));
        },
      ),
      { seed: 4, numRuns: 400 },
    );
  });

  it('refuses a link for another approver, artifact, environment, application or policy, even with a valid MAC', async () => {
    await expectNothing(await signed({ approver: 'eve@acme.example' }));
    await expectNothing(await signed({}, { digest: Buffer.alloc(32, 2).toString('base64') }));
    await expectNothing(await signed({}, { environment: 'staging' }));
    await expectNothing(await signed({}, { application: 'backoffice' }));
    await expectNothing(await signed({}, { policyVersion: 'other' }));
    await expectNothing(await signed({ subject: 'R'.repeat(22) }));
  });

  it('refuses a link with the id of another key', async () => {
    for (const keyId of ['arn:aws:kms:us-east-1:999999999999:key/theirs', 'alias/theirs', 'k2,k1', 'k1'])
      await expectNothing(await signed({}, {}, keyId));
  });

  it('refuses a link in another spelling, with a query, or of too many characters', async () => {
    for (const spelt of [
      `${paths.approve}/`,
      `/${paths.approve}`,
      paths.approve.replace('.', '%2E'),
      paths.approve.replace('.', '=.'),
      paths.approve.toUpperCase(),
    ])
      await expectNothing(spelt);
    await expectNothing(paths.approve, 'utm_source=mail');
    await expectNothing(paths.approve.replace('.', `${'A'.repeat(2048)}.`));
    await expectNothing(`/approvals/${'A'.repeat(9000)}`);
  });

  it('refuses a link after the record of its question changed', async () => {
    const rebuilt = { ...question, digest: Buffer.alloc(32, 3).toString('base64') };
    const before = world;
    await keep({ ...(await direct(() => deployments().read(asking.id))), approval: rebuilt });

    await expectNothing(paths.approve);
    world = before;
  });

  it('shows that it is too late and decides nothing, one second after the end of a link', async () => {
    vi.setSystemTime(Date.parse(question.expiresAt) + 1000);
    const before = world.items;

    const late = await get(paths.approve);

    expect(late.statusCode).toBe(200);
    expect(late.body).toContain('Too late to answer');
    expect(world.items).toEqual(before);
    vi.setSystemTime(Date.parse(NOW));
  });
});
