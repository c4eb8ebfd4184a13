import type { FramePath, Json } from './definition.ts';
import type { StateFailure } from './failure.ts';
import type { Resource } from './resource.ts';

/**
 * One line of control through some states: the whole machine, a branch of a Parallel or an iteration of a Map.
 * `ready` enters a state, `again` repeats one (retry, redrive), `calling` makes a task call that a crash repeats.
 */
export interface Frame {
  readonly id: number;
  readonly parent?: number;
  readonly path: FramePath;
  readonly index: number;
  readonly item?: { readonly Index: number; readonly Value: Json };
  state: string;
  input: Json;
  variables: Record<string, Json>;
  phase: 'ready' | 'again' | 'calling' | 'waiting';
  /** The event that the next one names as its previous. */
  cursor: number;
  enteredId: number;
  enteredAfter: number;
  enteredMs: number;
  /** How often each retrier was used, and all together. */
  retries: number[];
  retryCount: number;
  task?: Task;
  children?: Children;
}

/** A task call of a frame; results and timers of any other attempt are stale. */
export interface Task {
  readonly attempt: string;
  readonly resource: Resource;
  readonly arguments: Json;
  readonly token?: string;
  readonly heartbeatSeconds?: number;
  /** Whom the state's Credentials name to call instead of the machine's role. */
  readonly roleArn?: string;
  /** The work that a `.sync` task started and waits for. */
  job?: string;
}

export interface Children {
  readonly items: Json[];
  readonly concurrency: number;
  readonly toleratedFailures: number;
  next: number;
  running: number;
  failed: number[];
  results: Json[];
}

export function childrenOf(of: Partial<Children>): Children {
  return { items: [], concurrency: 0, toleratedFailures: 0, next: 0, running: 0, failed: [], results: [], ...of };
}

export interface Execution {
  readonly arn: string;
  readonly machineArn: string;
  readonly machineName: string;
  readonly name: string;
  readonly revision: string;
  readonly roleArn: string;
  readonly input: string;
  readonly startMs: number;
  readonly traceHeader?: string;
  /** The task attempt that has started it: a repeated call of that attempt finds it. */
  readonly startedBy?: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  output?: string;
  error?: string;
  cause?: string;
  stopMs?: number;
  redriveCount: number;
  redriveMs?: number;
  /** Where the execution's own seeded random numbers are. */
  draws: number;
  lastEvent: number;
  lastFrame: number;
}

export type TimerKind = 'wait' | 'retry' | 'timeout' | 'heartbeat' | 'poll' | 'execution';

export type Signal =
  | { readonly type: 'timer'; readonly kind: TimerKind }
  | { readonly type: 'replied'; readonly attempt: string; readonly reply: Reply }
  | { readonly type: 'answered'; readonly attempt: string; readonly answer: Answer }
  | { readonly type: 'heartbeat'; readonly attempt: string }
  | { readonly type: 'child'; readonly child: Frame; readonly output: Json }
  | { readonly type: 'childFailed'; readonly child: Frame; readonly failure: StateFailure };

export type Reply = { readonly status: number; readonly headers: Record<string, string>; readonly body: string };

export type Answer = { readonly output: string } | { readonly error?: string; readonly cause?: string };
