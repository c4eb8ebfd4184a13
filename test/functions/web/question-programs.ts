import { afterAll, beforeAll, vi } from 'vitest';
import { genesisHash } from '#deployment/audit-chain';
import type { Approval, Deployment } from '#deployment/deployment';
import { guidePolicy } from '#policy/policy';
import { digestFragment, type LinkAction } from '#web/approval-link';
import { application } from '../../../cli/start/storefront.ts';
import { deploymentWith, fix } from '../../fixtures/deployment.ts';
import { as, interceptCalls } from './calls.ts';
import type { Program } from './explorer.ts';
import { emptyWorld, execute, type World } from './world.ts';

export const ID = 'auto-deploy-20260302-0123456789';
const NEWER = 'auto-deploy-20260302-9876543210';
export const [LEAD, SRE] = ['lead@acme.example', 'sre@acme.example'];
const minute = (minutes: number) => new Date(Date.parse('2026-03-02T09:00:00.000Z') + minutes * 60_000).toISOString();
export const [ASKED, CLICKED, EXPIRES, LATE] = [minute(0), minute(30), minute(60), minute(61)];

export const question: Approval = {
  approvalId: 'Q'.repeat(22),
  kind: 'approve',
  status: 'PENDING',
  environment: 'production',
  approvers: [LEAD, SRE],
  quorum: 1,
  votes: [],
  digest: Buffer.alloc(32, 1).toString('base64'),
  requestedAt: ASKED,
  expiresAt: EXPIRES,
};
const asking: Deployment = deploymentWith({
  id: ID,
  sequence: 0,
  headHash: genesisHash,
  status: 'Authorising',
  approval: question,
  fix: { ...fix, digest: question.digest },
  production: undefined,
  outcome: undefined,
  outcomeReason: undefined,
});

/** The real handlers, once as they are before the keys are rotated and once after it. */
async function loadCode(keyIds: string) {
  vi.resetModules();
  vi.stubEnv('LINK_KEY_IDS', keyIds);
  const services = await import('#services');
  const { signPath } = await import('#web/links.flow');
  const { freshForm } = await import('#web/link-form.flow');
  const { parseLink } = await import('#web/approval-link');
  services.linkSigner();
  const [web, settleApproval, requestApproval, recover] = await Promise.all([
    import('#handlers/web'),
    import('#handlers/settle-approval'),
    import('#handlers/request-approval'),
    import('#handlers/recover'),
  ]);
  const { supersedeQuestions } = await import('#approval/supersede-questions.flow');
  const { withdrawQuestion } = await import('#approval/settle-question.flow');
  return { services, signPath, freshForm, parseLink, web, settleApproval, requestApproval, recover, supersedeQuestions, withdrawQuestion };
}
export type Code = Awaited<ReturnType<typeof loadCode>>;

export let [older, newer]: Code[] = [];
export let world: World = emptyWorld({ phase: 'waiting', entry: 0, token: 'token-0' }, false);
const direct = async (call: Parameters<typeof execute>[1]) => {
  const [next, reply] = execute(world, call);
  world = next;
  return reply;
};

/** Puts one open question into a world of its own, with the real handlers around it, for the tests of a file. */
export function askOneQuestion(): void {
  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(ASKED) });
    vi.spyOn(Math, 'random').mockReturnValue(0);
    vi.spyOn(console, 'log').mockReturnValue(undefined);
    for (const name of ['DEPLOYMENTS_TABLE', 'AUDIT_TABLE', 'ARTIFACTS_BUCKET']) vi.stubEnv(name, name);
    for (const name of ['DEPLOYMENT', 'RELEASE', 'ROLLBACK', 'APPROVAL'])
      vi.stubEnv(`${name}_MACHINE_ARN`, `arn:aws:states:x:stateMachine:${name}`);
    vi.stubEnv('MESSAGES_QUEUE_URL', 'https://queue');
    vi.stubEnv('PUBLIC_URL', 'https://sluice.example');
    vi.stubEnv('AWS_REGION', 'us-east-1');
    interceptCalls();
    older = await loadCode('k1');
    newer = await loadCode('k2,k1');
    await as(direct, async () => {
      const { deployments, applications, approvals } = (older as Code).services;
      const entry = { entryKey: 'before', actor: 'sluice' };
      await deployments().create(asking, { type: 'LockAwaited', environment: 'staging', holder: 'nobody' }, entry);
      await approvals().keepToken(question.approvalId, { deploymentId: ID, taskToken: 'token-0' });
      await approvals().keepQuestion('storefront', 'production', ID, undefined);
      await applications().register({ ...application(), repositoryUrl: 'https://git.example/storefront', policy: guidePolicy });
    });
  });
  afterAll(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
}

/** A program with a fixed time: each of its steps runs at that time. */
const program = (name: string, at: string, run: () => Promise<unknown>): Program => ({
  name,
  run: () => {
    vi.setSystemTime(Date.parse(at));
    return run();
  },
});

export async function clickBy(approver: string, action: LinkAction) {
  const path = await as(direct, () => (older as Code).signPath((older as Code).services.linkPorts(), asking, question, approver, action));
  const link = (older as Code).parseLink(path, '');
  if (!link) throw new Error('parseLink cannot read a link that signPath wrote');
  const { nonce, renderedAt, proof } = await as(direct, () => (older as Code).freshForm((older as Code).services.linkPorts(), link));
  const body = `${new URLSearchParams({ nonce, rendered: renderedAt, proof, fragment: digestFragment(question.digest) })}`;
  const event = { rawPath: path, rawQueryString: '', body, requestContext: { http: { method: 'POST' } } };
  return (name: string, code: Code): Program =>
    program(name, CLICKED, () => code.web.handler(event as never, { awsRequestId: name } as never));
}

const context = (awsRequestId: string) => ({ awsRequestId }) as never;
const task = (entry: number, name: string) => ({
  input: { deploymentId: ID, kind: 'approve', waitSeconds: 3600 },
  execution: `${ID}-approval-0`,
  state: { Name: name, EnteredTime: `entry ${entry}` },
});

export const settling = (code: Code, entry: number, at: string): Program =>
  program(`settle ${entry} ${at === LATE ? 'late' : 'early'}`, at, () =>
    code.settleApproval.handler(task(entry, 'SettleApproval') as never, context('settle')),
  );

export const requesting = (code: Code, entry: number): Program =>
  program(`ask ${entry}`, CLICKED, () =>
    code.requestApproval.handler({ ...task(entry, 'RequestApproval'), taskToken: `token-${entry}` } as never, context('ask')),
  );

export const sweeping = (code: Code, name = 'sweep'): Program =>
  program(name, CLICKED, () => code.recover.handler({ sweep: true } as never, context('sweep')));

export const revoking = (code: Code): Program =>
  program('revoke', CLICKED, () =>
    code.withdrawQuestion(
      code.services.supersedePorts(),
      ID,
      { entryKey: 'revoked', actor: 'sluice/Recover' },
      { action: 'revoke', by: 'sluice', at: CLICKED, reason: 'lost' },
    ),
  );

export const superseding = (code: Code): Program =>
  program('supersede', CLICKED, () =>
    code.supersedeQuestions(code.services.supersedePorts(), { ...asking, id: NEWER }, { ...question, digest: 'newer' }),
  );
