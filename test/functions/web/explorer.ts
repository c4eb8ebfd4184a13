import { type Call, type Progress, type Reply, replay } from './calls.ts';
import { execute, isPrivate, type Machine, type World } from './world.ts';

/** A program of ours, started from its beginning by `run`; the same replies must lead to the same next call. */
export interface Program {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

/** Where a program stands: what it was told so far says everything about it. */
interface Position {
  readonly program: Program;
  readonly replies: number;
}

export interface State {
  readonly world: World;
  /** Programs under way, by name; absent are those that were not started, ended or crashed. */
  readonly running: Readonly<Record<string, Position>>;
  /** What may still happen: programs that were not started, and events. */
  readonly pending: readonly string[];
  readonly ended: Readonly<Record<string, string>>;
}

/** Remembers what each program does next after each history of replies, so that the real code runs once per history and not once per state. */
export class Histories {
  readonly #ids = new Map<string, number>();
  readonly #replies: Reply[][] = [[]];
  readonly #next = new Map<string, Progress>();
  readonly #texts = new WeakMap<Reply, number>();
  readonly #numbers = new Map<string, number>();

  known({ program, replies }: Position): Progress | undefined {
    return this.#next.get(`${program.name}|${replies}`);
  }

  async learn({ program, replies }: Position): Promise<Progress> {
    const progress = await replay(program.run, this.#replies[replies] as Reply[]);
    this.#next.set(`${program.name}|${replies}`, progress);
    return progress;
  }

  after(replies: number, reply: Reply): number {
    const key = `${replies}|${this.#textOf(reply)}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#replies.push([...(this.#replies[replies] as Reply[]), reply]);
    this.#ids.set(key, this.#replies.length - 1);
    return this.#replies.length - 1;
  }

  /** Most replies are the same few objects: each is told apart by a number. */
  #textOf(reply: Reply): number {
    const known = this.#texts.get(reply);
    if (known !== undefined) return known;
    const text = JSON.stringify(reply, asPlain);
    const id = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, id);
    this.#texts.set(reply, id);
    return id;
  }

  get size(): number {
    return this.#replies.length;
  }
}

const asPlain = (_: string, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value);

/** What a model adds to programs: which may start or happen when, and what follows from an end. */
export interface Model {
  readonly initial: State;
  /** Makes what may start or happen next out of a state; each is one branch. A program that starts takes its first step at once: before it, nobody can tell. */
  readonly branches: (state: State) => Iterable<readonly [string, State, Program?]>;
  /** Whether the order of what is left no longer matters to what is checked, so that one order will do. */
  readonly isOver: (state: State) => boolean;
  readonly whenEnded: (state: State, name: string, result: unknown) => State;
  /** Throws when a state must not be. */
  readonly check: (state: State, path: () => string) => void;
  /** Throws when a state in which nothing more can happen must not be. */
  readonly checkEnd: (state: State, path: () => string) => void;
}

export interface Explored {
  readonly states: number;
  readonly transitions: number;
  readonly ends: number;
  readonly histories: number;
}

/** Visits every state that any order of steps leads to. */
export async function explore({ initial, branches, isOver, whenEnded, check, checkEnd }: Model): Promise<Explored> {
  const histories = new Histories();
  const seen = new Map<string, readonly [string, string] | undefined>();
  const stack: State[] = [];
  let transitions = 0;
  let ends = 0;
  const visit = (state: State, from?: readonly [string, string]) => {
    const key = keyOf(state);
    transitions++;
    if (seen.has(key)) return;
    seen.set(key, from);
    check(state, () => pathTo(seen, key));
    stack.push(state);
  };
  visit(initial);
  for (let state = stack.pop(); state; state = stack.pop()) {
    const key = keyOf(state);
    let moves = 0;
    const one = isOver(state);
    for (const name of Object.keys(state.running)) {
      if (one && moves > 0) break;
      moves++;
      visit(await settle(await stepped(state, name, histories), histories, whenEnded), [key, name]);
    }
    for (const [how, next, starts] of branches(state)) {
      if (one && moves > 0) break;
      moves++;
      const begun = await settle(starts ? started(next, starts) : next, histories, whenEnded);
      const running = starts && begun.running[starts.name] !== undefined;
      visit(running ? await settle(await stepped(begun, starts.name, histories), histories, whenEnded) : begun, [key, how]);
    }
    if (moves === 0) {
      ends++;
      checkEnd(state, () => pathTo(seen, key));
    }
  }
  return { states: seen.size, transitions, ends, histories: histories.size };
}

async function stepped(state: State, name: string, histories: Histories): Promise<State> {
  const position = state.running[name] as Position;
  const progress = histories.known(position) ?? (await histories.learn(position));
  if (!('call' in progress)) throw new Error(`${name} has ended and cannot step`);
  return called(state, name, progress.call, histories);
}

function called(state: State, name: string, call: Call, histories: Histories): State {
  const position = state.running[name] as Position;
  const [world, reply] = execute(state.world, call);
  const replies = histories.after(position.replies, reply);
  return { ...state, world, running: { ...state.running, [name]: { ...position, replies } } };
}

/** Takes at once every step that nobody else can see, and every end. */
async function settle(state: State, histories: Histories, whenEnded: Model['whenEnded']): Promise<State> {
  for (const [name, position] of Object.entries(state.running)) {
    const progress = histories.known(position) ?? (await histories.learn(position));
    if ('call' in progress && !isPrivate(progress.call, state.world)) continue;
    if ('call' in progress) return settle(called(state, name, progress.call, histories), histories, whenEnded);
    const result = 'threw' in progress ? progress.threw : progress.result;
    if ('threw' in progress) throw new Error(`${name} threw ${progress.threw}`);
    const { [name]: _, ...running } = state.running;
    return settle(whenEnded({ ...state, running }, name, result), histories, whenEnded);
  }
  return state;
}

const started = (state: State, program: Program): State => ({
  ...state,
  running: { ...state.running, [program.name]: { program, replies: 0 } },
});

export const withMachine = (state: State, machine: Partial<Machine>): State => ({
  ...state,
  world: { ...state.world, machine: { ...state.world.machine, ...machine } },
});

function keyOf({ world: { digest, machine }, running, pending, ended }: State): string {
  const at = Object.keys(running).sort();
  const position = at.map((name) => `${name}:${(running[name] as Position).replies}`);
  return `${digest}|${machine.phase}${machine.entry}${machine.status}|${position}|${pending}|${Object.keys(ended)}`;
}

function pathTo(seen: ReadonlyMap<string, readonly [string, string] | undefined>, key: string): string {
  const steps: string[] = [];
  for (let from = seen.get(key); from; from = seen.get(from[0])) steps.unshift(from[1]);
  return steps.join(' → ');
}
