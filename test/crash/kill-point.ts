import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { Endpoint, type VirtualClock } from '@sluice/emulator';

/**
 * The events that count down to the kill: SQL writes (also inside a transaction), effects of calls, jumps of the clock.
 * An effect counts before its call gets a response.
 */
export const killKinds = ['write', 'effect', 'jump'] as const;
export type KillKind = (typeof killKinds)[number];

export interface KillPoint {
  readonly kind: KillKind;
  /** The number of the write, effect or jump in this process, from 1. */
  readonly at: number;
}

/** The place where a process was killed, as the next process finds it. */
export interface Killed extends KillPoint {
  readonly during: 'start' | 'run';
  readonly what: string;
  /** The kinds of places where executions were: `task`, `wait` or `token`. */
  readonly where: string[];
}

const READS = /^(Get|List|Describe|BatchGet|Query|Scan|Receive|Head)|^GET |^HEAD /;
/** Writes of metrics do not count: they are nine in ten writes, and no execution depends on a single one. */
const METRICS = /into (points|series) /;

/** Kills this process with SIGKILL at the chosen point. */
export class Killer {
  readonly #point: KillPoint | undefined;
  readonly #folder: string;
  #left: number;
  during: Killed['during'] = 'start';

  constructor(folder: string, point: KillPoint | undefined) {
    this.#folder = folder;
    this.#point = point;
    this.#left = point?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Counts the writes of all databases, the effects of all services and the jumps of the clock. */
  watch(clock: VirtualClock): void {
    const pass = (kind: KillKind, what: string) => this.#pass(kind, what);
    const { run } = StatementSync.prototype;
    StatementSync.prototype.run = function (...values: unknown[]) {
      if (!METRICS.test(this.sourceSQL)) pass('write', this.sourceSQL);
      return Reflect.apply(run, this, values);
    };
    const { dispatch } = Endpoint.prototype;
    Endpoint.prototype.dispatch = async function (call) {
      const reply = await dispatch.call(this, call);
      const does = call.operation || `${call.method} ${call.path}`;
      const byOperator = call.caller.arn.endsWith(':user/operator');
      if (reply.status < 300 && !byOperator && !READS.test(does)) pass('effect', `${call.signingName} ${does}`);
      return reply;
    };
    clock.beforeAdvance(async () => {
      pass('jump', '');
      return false;
    });
  }

  #pass(kind: KillKind, what: string): void {
    if (kind !== this.#point?.kind || --this.#left > 0) return;
    const killed: Killed = { ...this.#point, during: this.during, what, where: whereabouts(this.#folder) };
    appendFileSync(join(this.#folder, 'killed'), `${JSON.stringify(killed)}\n`);
    process.kill(process.pid, 'SIGKILL');
  }
}

const WHEREABOUTS = `
  select 'task' as place from frames where phase = 'calling'
  union select 'token' from frames where token is not null and phase = 'waiting'
  union select 'wait' from timers where kind = 'wait'`;

function whereabouts(folder: string): string[] {
  const file = join(folder, 'data', 'step-functions', 'executions.sqlite');
  if (!existsSync(file)) return [];
  const journal = new DatabaseSync(file, { readOnly: true });
  const places = journal
    .prepare(WHEREABOUTS)
    .all()
    .map(({ place }) => String(place));
  journal.close();
  return places;
}
