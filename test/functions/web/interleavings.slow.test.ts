import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { genesisHash } from '#deployment/audit-chain';
import type { Approval, Deployment } from '#deployment/deployment';
import { guidePolicy } from '#policy/policy';
import { digestFragment, type LinkAction } from '#web/approval-link';
import { application } from '../../../cli/start/storefront.ts';
import { deploymentWith, fix } from '../../fixtures/deployment.ts';
import { as, interceptCalls } from './calls.ts';
import { type Explored, explore, type Model, type Program, type State, withMachine } from './explorer.ts';
import { emptyWorld, execute, projectionOf, type World } from './world.ts';

const ID = 'auto-deploy-20260302-0123456789';
const NEWER = 'auto-deploy-20260302-9876543210';
const LEAD = 'lead@acme.example';
const SRE = 'sre@acme.example';
const minute = (minutes: number) => new Date(Date.parse('2026-03-02T09:00:00.000Z') + minutes * 60_000).toISOString();
const ASKED = minute(0);
const CLICKED = minute(30);
const EXPIRES = minute(60);
const LATE = minute(61);

const question: Approval = {
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

/** Loads the real handlers, once with the keys before a rotation and once with the keys after it. */
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
type Code = Awaited<ReturnType<typeof loadCode>>;

let [older, newer]: Code[] = [];
let world: World = emptyWorld({ phase: 'waiting', entry: 0, token: 'token-0' }, false);
const direct = async (call: Parameters<typeof execute>[1]) => {
  const [next, reply] = execute(world, call);
  world = next;
  return reply;
};

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

/** A program with a fixed clock for all of its steps. */
const program = (name: string, at: string, run: () => Promise<unknown>): Program => ({
  name,
  run: () => {
    vi.setSystemTime(Date.parse(at));
    return run();
  },
});

async function clickBy(approver: string, action: LinkAction) {
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

const settling = (code: Code, entry: number, at: string): Program =>
  program(`settle ${entry} ${at === LATE ? 'late' : 'early'}`, at, () =>
    code.settleApproval.handler(task(entry, 'SettleApproval') as never, context('settle')),
  );

const requesting = (code: Code, entry: number): Program =>
  program(`ask ${entry}`, CLICKED, () =>
    code.requestApproval.handler({ ...task(entry, 'RequestApproval'), taskToken: `token-${entry}` } as never, context('ask')),
  );

const sweeping = (code: Code, name = 'sweep'): Program =>
  program(name, CLICKED, () => code.recover.handler({ sweep: true } as never, context('sweep')));

const revoking = (code: Code): Program =>
  program('revoke', CLICKED, () =>
    code.withdrawQuestion(
      code.services.supersedePorts(),
      ID,
      { entryKey: 'revoked', actor: 'sluice/Recover' },
      { action: 'revoke', by: 'sluice', at: CLICKED, reason: 'lost' },
    ),
  );

const superseding = (code: Code): Program =>
  program('supersede', CLICKED, () =>
    code.supersedeQuestions(code.services.supersedePorts(), { ...asking, id: NEWER }, { ...question, digest: 'newer' }),
  );

const heading = (page: unknown) => /<h1>([^<]*)<\/h1>/.exec((page as { body: string }).body)?.[1] ?? '';
const counted = (page: unknown) => (page as { body: string }).body.includes('Your answer counted');
const headings: Readonly<Record<string, string>> = {
  APPROVED: 'Approved',
  REJECTED: 'Rejected',
  EXPIRED: 'Expired without an answer',
  SUPERSEDED: 'Superseded by a newer question',
  REVOKED: 'Revoked',
  PENDING: '1 of 2 said yes',
};
const clickers: Readonly<Record<string, string>> = { approve: LEAD, again: LEAD, second: SRE, reject: SRE };

const approvalIn = (state: State) => projectionOf(state.world, ID).approval as Approval;
const headingOf = ({ status, votes = [] }: Approval) => (status === 'EXPIRED' && votes.length > 0 ? 'Expired' : headings[status]);
/** True if the record names this person: as the one who decided, or as one who said yes. */
const isTheirs = ({ status, decidedBy, votes = [] }: Approval, name: string) =>
  ['PENDING', 'APPROVED'].includes(status) ? votes.some(({ by }) => by === clickers[name]) : decidedBy === clickers[name];
const settledRows = ({ world: { items } }: State) =>
  Object.entries(items).filter(([key, item]) => key.startsWith(`${ID}/`) && item.includes('"type":"ApprovalSettled"')).length;

/** The world with a question that needs `quorum` approvers. */
function askedOf(quorum: number): World {
  const key = `deployment#${ID}/projection`;
  const item = JSON.parse(world.items[key] as string);
  const body = { ...item.body, approval: { ...question, quorum } };
  return { ...world, items: { ...world.items, [key]: JSON.stringify({ ...item, body }) } };
}

/** All that can happen to one question, in any order and with a crash at any step. */
async function modelOf(events: readonly string[], quorum = 1): Promise<Model> {
  const clicks = { approve: await clickBy(LEAD, 'approve'), second: await clickBy(SRE, 'approve'), reject: await clickBy(SRE, 'reject') };
  const programs: Readonly<Record<string, (code: Code) => Program>> = {
    approve: (code) => clicks.approve('approve', code),
    again: (code) => clicks.approve('again', code),
    second: (code) => clicks.second('second', code),
    reject: (code) => clicks.reject('reject', code),
    sweep: sweeping,
    revoke: revoking,
    supersede: superseding,
  };
  const code = ({ pending }: State) => (pending.includes('rotate') || !events.includes('rotate') ? older : newer) as Code;
  const without = (state: State, event: string): State => ({ ...state, pending: state.pending.filter((other) => other !== event) });

  function* branches(state: State): Iterable<readonly [string, State, Program?]> {
    const { machine } = state.world;
    for (const event of state.pending) {
      const start = programs[event];
      if (start) yield [event, without(state, event), start(code(state))];
      if (event === 'rotate') yield [event, without(state, event)];
      if (event === 'forge' && machine.phase === 'waiting') yield [event, withMachine(without(state, event), { phase: 'settling' })];
      if (event === 'crash')
        for (const name of Object.keys(state.running)) yield [`crash of ${name}`, crashed(without(state, event), name)];
    }
    const settles = Object.keys(state.running).some((name) => name.startsWith('settle'));
    if (machine.phase === 'settling' && !settles) yield ['settle', state, settling(code(state), machine.entry, CLICKED)];
    if (machine.phase === 'waiting' || machine.phase === 'asking')
      yield ['timeout', withMachine(state, { phase: 'settling' }), settling(code(state), machine.entry, LATE)];
    if (machine.phase === 'asking' && !state.running[`ask ${machine.entry}`] && !state.ended[`ask ${machine.entry}`])
      yield ['ask', state, requesting(code(state), machine.entry)];
  }

  /** Step Functions retries its tasks. Nothing retries a click, a sweep or a recovery. */
  function crashed(state: State, name: string): State {
    const { [name]: gone, ...running } = state.running;
    if (!gone) throw new Error(`${name} does not run`);
    return /^(?:settle|ask)/.test(name)
      ? { ...state, running: { ...running, [name]: { ...gone, replies: 0 } } }
      : { ...state, running, ended: { ...state.ended, crash: name } };
  }

  function whenEnded(state: State, name: string, result: unknown): State {
    const ended = name.startsWith('ask') ? { ...state, ended: { ...state.ended, [name]: 'yes' } } : state;
    if (name.startsWith('settle')) return machineAfter(state, (result as { status: Approval['status'] }).status);
    if (!(name in clickers)) return ended;
    const approval = approvalIn(state);
    if (heading(result) !== headingOf(approval))
      throw new Error(`${name} was shown "${heading(result)}", the record says ${approval.status}`);
    if (counted(result) !== isTheirs(approval, name))
      throw new Error(`${name} ${counted(result) ? 'saw' : 'did not see'} that it counted, the record says ${JSON.stringify(approval)}`);
    return ended;
  }

  function machineAfter(state: State, status: Approval['status']): State {
    if (status !== 'PENDING') return withMachine(state, { phase: 'done', status });
    const entry = state.world.machine.entry + 1;
    return withMachine(state, { phase: 'asking', entry, token: `token-${entry}` });
  }

  function check(state: State, path: () => string): void {
    const { status, decidedBy } = approvalIn(state);
    const rows = settledRows(state);
    if (rows > 1) throw new Error(`decided ${rows} times: ${path()}`);
    if ((rows === 1) !== (status !== 'PENDING' && decidedBy !== undefined)) throw new Error(`record and rows differ: ${path()}`);
    const { machine } = state.world;
    if (machine.phase === 'done' && machine.status !== status)
      throw new Error(`the machine went on with ${machine.status}, the record says ${status}: ${path()}`);
    const quiet = Object.keys(state.running).length === 0;
    if (quiet && machine.phase === 'waiting' && status !== 'PENDING' && !state.ended.crash)
      throw new Error(`decided, but the machine was not woken: ${path()}`);
  }

  /** True after the machine went on with a final answer. Later answers are refused in any order. */
  const isOver = ({ world: { machine } }: State) => machine.phase === 'done';

  function checkEnd(state: State, path: () => string): void {
    if (state.world.machine.phase !== 'done') throw new Error(`the machine still waits: ${path()}`);
  }

  const initial = { ...askedOf(quorum), tokensChange: events.includes('forge'), sentTwice: events.includes('again') };
  return { initial: { world: initial, running: {}, pending: events, ended: {} }, branches, isOver, whenEnded, check, checkEnd };
}

const summary = (name: string, { states, transitions, ends, histories }: Explored) =>
  process.stdout.write(`${name}: ${states} states, ${transitions} transitions, ${ends} ends, ${histories} histories of replies\n`);

describe('a question', () => {
  it('decides a question at most once and keeps the answer, in any order of events and after a crash at any step', async () => {
    const explored = await explore(await modelOf(['approve', 'reject', 'sweep', 'revoke', 'supersede', 'rotate', 'crash']));

    summary('two clicks, timeout, sweep, revoke, supersede, key rotation, crash', explored);
    expect(explored.states).toBeGreaterThan(100_000);
  }, 900_000);

  it('shows the recorded result to both copies of a form that was sent twice, even if another approver answers meanwhile', async () => {
    const explored = await explore(await modelOf(['approve', 'again', 'reject', 'crash']));

    summary('a form sent twice, another click, timeout, crash', explored);
    expect(explored.states).toBeGreaterThan(1_000);
  }, 900_000);

  it('decides a quorum of two by two yes or one no, and thanks no approver who was overruled', async () => {
    const explored = await explore(await modelOf(['approve', 'second', 'revoke', 'crash'], 2));
    const overruled = await explore(await modelOf(['approve', 'reject', 'revoke', 'crash'], 2));

    summary('two who say yes of two, timeout, revoke, crash', explored);
    summary('a yes and a no of two, timeout, revoke, crash', overruled);
    expect(explored.states + overruled.states).toBeGreaterThan(1_000);
  }, 900_000);

  it('asks again under a new token after a forged callback, and still decides once', async () => {
    const explored = await explore(await modelOf(['approve', 'reject', 'forge', 'crash']));

    summary('two clicks, timeout, forged callback, crash', explored);
    expect(explored.states).toBeGreaterThan(1_000);
  }, 900_000);
});
