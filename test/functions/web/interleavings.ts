import type { Approval } from '#deployment/deployment';
import { type Model, type Program, type State, withMachine } from './explorer.ts';
import {
  CLICKED,
  type Code,
  clickBy,
  ID,
  LATE,
  LEAD,
  newer,
  older,
  question,
  requesting,
  revoking,
  SRE,
  settling,
  superseding,
  sweeping,
  world,
} from './question-programs.ts';
import { projectionOf, type World } from './world.ts';

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
/** True if the record counts this person's answer: they decided, or their yes is one of the quorum. */
const isTheirs = ({ status, decidedBy, votes = [] }: Approval, name: string) =>
  ['PENDING', 'APPROVED'].includes(status) ? votes.some(({ by }) => by === clickers[name]) : decidedBy === clickers[name];
const settledRows = ({ world: { items } }: State) =>
  Object.entries(items).filter(([key, item]) => key.startsWith(`${ID}/`) && item.includes('"type":"ApprovalSettled"')).length;

/** The world with a question that needs this many approvers. */
function askedOf(quorum: number): World {
  const key = `deployment#${ID}/projection`;
  const item = JSON.parse(world.items[key] as string);
  const body = { ...item.body, approval: { ...question, quorum } };
  return { ...world, items: { ...world.items, [key]: JSON.stringify({ ...item, body }) } };
}

/** Everything that can happen to one question, in any order, with a crash at any step. */
export async function modelOf(events: readonly string[], quorum = 1): Promise<Model> {
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

  /** Step Functions tries its tasks again. A click, a sweep or a recovery ends with its crash. */
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

  /** True if the machine has gone on with a final answer. All later calls are refused, in any order. */
  const isOver = ({ world: { machine } }: State) => machine.phase === 'done';

  function checkEnd(state: State, path: () => string): void {
    if (state.world.machine.phase !== 'done') throw new Error(`the machine still waits: ${path()}`);
  }

  const initial = { ...askedOf(quorum), tokensChange: events.includes('forge'), sentTwice: events.includes('again') };
  return { initial: { world: initial, running: {}, pending: events, ended: {} }, branches, isOver, whenEnded, check, checkEnd };
}
