import type { Json } from './definition.ts';
import type { Execution, Frame, Task, TimerKind } from './frame.ts';
import type { Journal } from './journal.ts';

/** The quota of a Standard execution; the last event is the one that says so. */
export const MOST_EVENTS = 25_000;

type NewFrame = Pick<Frame, 'parent' | 'path' | 'index' | 'item' | 'state' | 'input' | 'cursor'>;

export class HistoryFull extends Error {}

/** The effects of a step, run after its commit. */
export type Effect =
  | { readonly type: 'run'; readonly frame: number }
  | { readonly type: 'call'; readonly frame: number }
  | { readonly type: 'stopJob'; readonly task: Task }
  | { readonly type: 'ended'; readonly execution: string }
  | { readonly type: 'statusChanged' };

/** One transaction in the making: it reads through to the journal and writes nothing before `commit`. */
export class Step {
  readonly execution: Execution;
  readonly nowMs: number;
  readonly effects: Effect[] = [];
  timersChanged = false;
  readonly #journal: Journal;
  readonly #frames = new Map<number, Frame>();
  readonly #removed = new Set<number>();
  readonly #writes: (() => void)[] = [];

  constructor(journal: Journal, execution: Execution, nowMs: number) {
    this.#journal = journal;
    this.execution = execution;
    this.nowMs = nowMs;
  }

  find(id: number): Frame | undefined {
    if (this.#removed.has(id)) return undefined;
    const frame = this.#frames.get(id) ?? this.#journal.frame(this.execution.arn, id);
    if (frame) this.#frames.set(id, frame);
    return frame;
  }

  frame(id: number): Frame {
    const frame = this.find(id);
    if (!frame) throw new Error(`${this.execution.arn} has no frame ${id}`);
    return frame;
  }

  addFrame(frame: NewFrame): Frame {
    const blank = { variables: {}, phase: 'ready' as const, enteredId: 0, enteredAfter: 0, enteredMs: 0, retries: [], retryCount: 0 };
    const added: Frame = { ...frame, ...blank, id: ++this.execution.lastFrame };
    this.#frames.set(added.id, added);
    this.effects.push({ type: 'run', frame: added.id });
    return added;
  }

  removeFrame(id: number): void {
    for (const child of this.childrenOf(id)) this.removeFrame(child.id);
    const frame = this.find(id);
    if (frame) this.dropTask(frame);
    this.#removed.add(id);
    this.#frames.delete(id);
    this.#clearTimers(id);
    this.#write('delete from frames where execution = ? and id = ?', this.execution.arn, id);
  }

  childrenOf(id: number): Frame[] {
    const stored = this.#journal.childrenOf(this.execution.arn, id).filter((child) => !this.#removed.has(child));
    const fresh = [...this.#frames.values()].filter((frame) => frame.parent === id).map((frame) => frame.id);
    return [...new Set([...stored, ...fresh])].map((child) => this.frame(child));
  }

  /** Appends an event to the history; `frame` remembers it as the one that the next event follows. */
  event(type: string, details: object | undefined, follows: number, frame?: Frame): number {
    const id = this.execution.lastEvent + 1;
    if (id >= MOST_EVENTS && !type.startsWith('Execution')) throw new HistoryFull();
    this.execution.lastEvent = id;
    const named = details && { [`${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`.replace(STATE_EVENT, 'state$1')]: details };
    const event = { id, previousEventId: follows, timestamp: this.nowMs / 1000, type, ...named };
    this.#write('insert into events values (?, ?, ?)', this.execution.arn, id, JSON.stringify(event));
    if (frame) frame.cursor = id;
    return id;
  }

  setTimer(frame: number, kind: TimerKind, atMs: number): void {
    this.timersChanged = true;
    this.#write('insert or replace into timers values (?, ?, ?, ?)', this.execution.arn, frame, kind, Math.ceil(atMs));
  }

  clearTimer(frame: number, kind: TimerKind): void {
    this.timersChanged = true;
    this.#write('delete from timers where execution = ? and frame = ? and kind = ?', this.execution.arn, frame, kind);
  }

  /** Forgets the task call of a frame, and stops the job that the call started. */
  dropTask(frame: Frame, stopJob = true): void {
    const { task } = frame;
    if (!task) return;
    if (task.job && stopJob) {
      this.effects.push({ type: 'stopJob', task });
      this.#write('insert into stops values (?, ?, ?)', task.attempt, this.execution.arn, JSON.stringify(task));
    }
    frame.task = undefined;
    this.#clearTimers(frame.id);
  }

  /** Ends the execution; its frames stay for a redrive. */
  end(status: Execution['status'], outcome: { output?: Json; error?: string; cause?: string } = {}): void {
    const { output, error, cause } = outcome;
    Object.assign(this.execution, { status, stopMs: this.nowMs, error, cause });
    if (output !== undefined) this.execution.output = JSON.stringify(output);
    const stored = this.#journal.frames(this.execution.arn).map((frame) => frame.id);
    for (const frame of [...stored, ...this.#frames.keys()].map((id) => this.find(id))) if (frame) this.dropTask(frame);
    this.#write('delete from timers where execution = ?', this.execution.arn);
    if (status === 'SUCCEEDED') this.#write('delete from frames where execution = ?', this.execution.arn);
    this.timersChanged = true;
    this.effects.push({ type: 'ended', execution: this.execution.arn }, { type: 'statusChanged' });
  }

  commit(): void {
    const { file } = this.#journal;
    const { arn, status } = this.execution;
    const insert = 'insert or replace into frames values (?, ?, ?, ?, ?, ?, ?)';
    file.transaction(() => {
      for (const frame of status === 'SUCCEEDED' ? [] : this.#frames.values()) file.run(insert, arn, ...columnsOf(frame));
      for (const write of this.#writes) write();
      file.run('update executions set status = ?, json = ? where arn = ?', status, JSON.stringify(this.execution), arn);
    });
  }

  #clearTimers(frame: number): void {
    this.timersChanged = true;
    this.#write('delete from timers where execution = ? and frame = ?', this.execution.arn, frame);
  }

  #write(sql: string, ...values: (string | number)[]): void {
    this.#writes.push(() => this.#journal.file.run(sql, ...values));
  }
}

function columnsOf(frame: Frame) {
  const { id, parent = null, phase, task } = frame;
  return [id, parent, phase, task?.token ?? null, task?.job ?? null, JSON.stringify(frame)] as const;
}

const STATE_EVENT = /^(?:task|pass|choice|wait|succeed|fail|parallel|map)State(Entered|Exited)/;
