import { type Call, type Progress, type Reply, replay } from './calls.ts';
import { execute, isPrivate, type Machine, type World } from './world.ts';

/** A program that `run` starts from its beginning. The same replies must lead to the same next call. */
export interface Program {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

/** The position of a program. The replies that it got so far define it completely. */
interface Position {
  readonly program: Program;
  readonly replies: number;
}

export interface State {
  readonly world: World;
  /** Running programs by name. Programs that did not start, ended or crashed are absent. */
  readonly running: Readonly<Record<string, Position>>;
  /** Programs and events that may still start or happen. */
  readonly pending: readonly string[];
  readonly ended: Readonly<Record<string, string>>;
}

/** Remembers the next call of each program after each history of replies. So the real code runs once per history. */
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

  /** Most replies are the same few objects, so each object gets a number. */
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

/** A model adds to programs: which may start or happen when, and the result of an end. */
export interface Model {
  readonly initial: State;
  /** Makes one branch for each start or event that may come next. A program that starts also takes its first step. */
  readonly branches: (state: State) => Iterable<readonly [string, State, Program?]>;
  /** True if the order of the remaining steps no longer matters to the checks. Then one order is enough. */
  readonly isOver: (state: State) => boolean;
  readonly whenEnded: (state: State, name: string, result: unknown) => State;
  /** Throws if a state is forbidden. */
  readonly check: (state: State, path: () => string) => void;
  /** Throws if a final state is forbidden. */
  readonly checkEnd: (state: State, path: () => string) => void;
}

export interface Explored {
  readonly states: number;
  readonly transitions: number;
  readonly ends: number;
  readonly histories: number;
}

/** Visits each state that any order of steps can reach. */
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

/** Takes all steps that no other program can see, and all ends, at once. */
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
