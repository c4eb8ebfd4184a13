import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { genesisHash } from '#deployment/audit-chain';
import type { Approval } from '#deployment/deployment';
import { handler } from '#handlers/web';
import { guidePolicy, type Policy } from '#policy/policy';
import { approvals, deployments, linkPorts } from '#services';
import { digestFragment, type Link, parseLink } from '#web/approval-link';
import { freshForm } from '#web/link-form.flow';
import { signPath } from '#web/links.flow';
import { deploymentWith, fix } from '../../fixtures/deployment.ts';
import { World } from '../../fixtures/world.ts';

const NOW = '2026-03-02T09:30:00.000Z';
const LEAD = 'lead@acme.example';
const question: Approval = {
  approvalId: 'Q'.repeat(22),
  kind: 'approve',
  status: 'PENDING',
  environment: 'production',
  approvers: [LEAD],
  signIn: true,
  digest: Buffer.alloc(32, 1).toString('base64'),
  requestedAt: '2026-03-02T09:00:00.000Z',
  expiresAt: '2026-03-02T10:00:00.000Z',
};

let world: World;
let issuer: Server;
let path: string;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;
const NONCE = 'n'.repeat(22);
const idToken = (email: string, more: object = {}) =>
  new SignJWT({
    email,
    email_verified: true,
    nonce: NONCE,
    ...more,
    iss: 'https://id.acme.example',
    aud: 'sluice',
    exp: Math.floor(Date.parse(NOW) / 1000) + 600,
  })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .sign(keys.privateKey);

interface Asked {
  readonly method?: string;
  readonly rawPath?: string;
  readonly body?: string;
  readonly headers?: object;
  readonly cookies?: string[];
}
const ask = ({ method = 'GET', rawPath = path, ...rest }: Asked) => {
  const event = { rawPath, rawQueryString: '', ...rest, requestContext: { domainName: 'elsewhere.example', http: { method } } };
  return handler(event as never, { awsRequestId: 'r' } as never) as Promise<{
    statusCode: number;
    body: string;
    headers: Record<string, string>;
    cookies?: string[];
  }>;
};

beforeAll(async () => {
  keys = await generateKeyPair('ES256');
  const published = JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256' }] });
  issuer = createServer((_, reply) => reply.setHeader('content-type', 'application/json').end(published));
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  const jwksUri = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys`;
  const signIn = { issuer: 'https://id.acme.example', audience: 'sluice', jwksUri, authorizeUrl: 'https://id.acme.example/authorize' };
  const policy: Policy = { ...guidePolicy, production: { ...guidePolicy.production, approval: { quorum: 1, signIn } } };
  const asking = deploymentWith({
    sequence: 0,
    headHash: genesisHash,
    status: 'Authorising',
    approval: question,
    policy,
    fix: { ...fix, digest: question.digest },
    production: undefined,
    outcome: undefined,
    outcomeReason: undefined,
  });
  world = await World.open();
  vi.setSystemTime(NOW);
  vi.stubEnv('PUBLIC_URL', 'https://sluice.example/');
  const first = { type: 'LockAwaited', environment: 'staging', holder: 'x' } as const;
  await deployments().create(asking, first, { entryKey: 'before', actor: 'sluice' });
  await approvals().keepToken(question.approvalId, { deploymentId: asking.id, taskToken: 'token-0' });
  await world.register({ policy });
  path = await signPath(linkPorts(), asking, question, LEAD, 'approve');
});
afterAll(async () => {
  await world.close();
  await new Promise((resolve) => issuer.close(resolve));
});

describe('the pages under a policy with sign-in', () => {
  it('shows a person without a sign-in only where to sign in, and hides the link from the issuer', async () => {
    const { statusCode, body, cookies } = await ask({});

    expect(statusCode).toBe(401);
    expect(body).not.toContain('Total is wrong');
    expect(body).toContain('https://id.acme.example/authorize?response_type=id_token');
    expect(/href="([^"]+)"/.exec(body)?.[1]).not.toContain(path.slice(11, 40));
    expect(body).toContain('redirect_uri=https%3A%2F%2Fsluice.example%2Fsign-in&');
    const nonce = /nonce=([\w-]{22})/.exec(body)?.[1];
    expect(cookies?.[0]).toBe(`sluice_return=${nonce}${path}; Path=/sign-in; Max-Age=600; HttpOnly; Secure; SameSite=None`);
  });

  it('shows another signed-in person that the link is not theirs, and nothing about the deployment', async () => {
    const { statusCode, body } = await ask({ headers: { authorization: `Bearer ${await idToken('sre@acme.example')}` } });

    expect(statusCode).toBe(403);
    expect(body).toContain('This link is for another person');
    expect(body).not.toContain('Total is wrong');
  });

  it('records the answer of another signed-in person once, and records no view', async () => {
    const headers = { authorization: `Bearer ${await idToken('eve@acme.example')}` };
    await ask({ headers });
    expect(await world.events()).not.toContainEqual(expect.objectContaining({ by: 'eve@acme.example' }));

    for (const body of ['fragment=', 'fragment=x']) expect((await ask({ method: 'POST', body, headers })).statusCode).toBe(403);

    expect((await world.events()).filter((event) => 'by' in event && event.by === 'eve@acme.example')).toEqual([
      expect.objectContaining({ type: 'AnswerRefused', because: `this link is for ${LEAD}`, assurance: 'signed-in' }),
    ]);
  });

  it.each(['', 'state=', `state=${'a'.repeat(2000)}`, 'state=storefront', 'id_token=x&state=Nothing%00'])(
    'asks to sign in after an unexpected form post (%j)',
    async (body) => {
      expect((await ask({ method: 'POST', rawPath: '/sign-in', body })).statusCode).toBe(401);
    },
  );

  it('says that a token is too large for a browser, instead of asking to sign in again', async () => {
    const body = `${new URLSearchParams({ id_token: await idToken(LEAD, { groups: 'g'.repeat(4000) }), state: 'storefront' })}`;
    const { body: page, cookies } = await ask({ method: 'POST', rawPath: '/sign-in', body, cookies: [`sluice_return=${NONCE}${path}`] });

    expect(page).toContain('<h1>Your sign-in is too large</h1>');
    expect(cookies?.some((set) => set.startsWith('sluice_identity='))).toBe(false);
  });

  it('says that it cannot verify a person while the issuer’s keys are unreachable', async () => {
    vi.spyOn(globalThis, 'fetch').mockRejectedValueOnce(new TypeError('fetch failed'));
    vi.setSystemTime(Date.parse(NOW) + 3_600_000);
    const { statusCode, body } = await ask({ headers: { authorization: `Bearer ${await idToken(LEAD)}` } });
    vi.setSystemTime(Date.parse(NOW));

    expect(statusCode).toBe(503);
    expect(body).toContain('Please try again in a minute');
  });

  it('redirects from the issuer’s form post to the link, and to no other address', async () => {
    const body = `${new URLSearchParams({ id_token: await idToken(LEAD), state: 'storefront' })}`;
    const back = await ask({ method: 'POST', rawPath: '/sign-in', body, cookies: [`sluice_return=${NONCE}${path}`] });
    const elsewhere = await ask({ method: 'POST', rawPath: '/sign-in', body, cookies: [`sluice_return=${NONCE}//evil.example/`] });
    const notAsked = [[], [`sluice_return=${'m'.repeat(22)}${path}`], ['sluice_return=https://evil.example/']].map((cookies) =>
      ask({ method: 'POST', rawPath: '/sign-in', body, cookies }),
    );
    const forged = await ask({ method: 'POST', rawPath: '/sign-in', body: 'id_token=x.y.z&state=nothing' });

    expect((await Promise.all(notAsked)).map(({ statusCode }) => statusCode)).toEqual([401, 401, 401]);
    expect([back.statusCode, back.headers.location]).toEqual([303, path]);
    expect(back.cookies?.[1]).toBe('sluice_return=; Path=/sign-in; Max-Age=0; HttpOnly; Secure; SameSite=None');
    expect(back.cookies?.[0]).toMatch(/^sluice_identity=.+; HttpOnly; Secure; SameSite=Lax$/);
    expect([elsewhere.statusCode, elsewhere.headers.location, forged.statusCode]).toEqual([200, undefined, 401]);
  });

  it('takes the answer of an approver with a cookie, and records the assurance', async () => {
    const link = parseLink(path, '') as Link;
    const { nonce, renderedAt, proof } = await freshForm(linkPorts(), link);
    const body = `${new URLSearchParams({ nonce, rendered: renderedAt, proof, fragment: digestFragment(question.digest) })}`;

    const answered = await ask({ method: 'POST', body, cookies: [`sluice_identity=${await idToken('Lead@acme.example')}`] });

    expect(answered.body).toContain('<h1>Approved</h1>');
    const settled = (await world.events()).find(({ type }) => type === 'ApprovalSettled');
    expect(settled).toMatchObject({ status: 'APPROVED', by: LEAD, assurance: 'signed-in' });
  });
});
