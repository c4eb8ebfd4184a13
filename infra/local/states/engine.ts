import type { Clock } from '../clock.ts';
import type { ApiReply, HostContext } from '../host.ts';
import type { Json, MachineDefinition } from './definition.ts';
import { Flow, rootFrame } from './flow.ts';
import type { Answer, Execution, Frame, Reply, Signal } from './frame.ts';
import { type Request, requestOf } from './integrations.ts';
import { childAnswer, pollRequest, stopRequest } from './jobs.ts';
import type { Journal, TimerRow, Watcher } from './journal.ts';
import { Expressions } from './jsonata.ts';
import { resourceOf } from './resource.ts';
import { type Effect, HistoryFull, MOST_EVENTS, Step } from './step.ts';
import type { Compiled } from './visit.ts';

const EXECUTION_FRAME = 0;

type EngineContext = Pick<HostContext, 'clock' | 'region' | 'call' | 'log'>;
type Work = (step: Step, flow: Flow) => Promise<void> | void;

/** Runs executions: one step after the other within each, every step one transaction, effects only after their commit. */
export class Engine {
  readonly journal: Journal;
  readonly #context: EngineContext;
  readonly #announce: (execution: Execution) => void;
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #compiled = new Map<string, Compiled>();
  readonly #firing = new Set<string>();
  #cancelTimer: () => void = () => undefined;
  #stopped = false;

  constructor(journal: Journal, context: EngineContext, announce: (execution: Execution) => void) {
    this.journal = journal;
    this.#context = context;
    this.#announce = announce;
  }

  get #clock(): Clock {
    return this.#context.clock;
  }

  /** Goes on with whatever the last process of this journal has left. */
  resume(): void {
    for (const arn of this.journal.unpublished()) this.#publish(arn);
    for (const { execution, id } of this.journal.unfinished()) this.#resumeFrame(execution, id);
    for (const child of this.journal.endedChildren()) this.#tellWatchers(child);
    this.#armTimer();
  }

  /** Waits for the steps under way; what they leave open is for the next process. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await Promise.allSettled(this.#turns.values());
  }

  /** Commits a new execution's first event and lets it run. */
  start(execution: Execution): void {
    const { arn, machineArn, startMs, startedBy } = execution;
    const compiled = this.#compiledOf(execution.revision);
    const step = new Step(this.journal, execution, startMs);
    this.journal.file.transaction(() => {
      const columns = 'insert into executions values (?, ?, ?, ?, null, ?, ?)';
      this.journal.file.run(columns, arn, machineArn, 'RUNNING', startMs, startedBy ?? null, JSON.stringify(execution));
      const { input, roleArn } = execution;
      step.event('ExecutionStarted', { input, inputDetails: { truncated: false }, roleArn }, 0);
      step.addFrame(rootFrame(compiled, JSON.parse(input)));
      this.#limitTime(step, compiled);
      step.commit();
    });
    this.#publish(arn);
    this.#carryOut(step);
  }

  /** Ends a running execution at once. */
  async abort(arn: string, error?: string, cause?: string): Promise<void> {
    await this.#inTurn(arn, (step) => {
      step.event('ExecutionAborted', { error, cause }, step.execution.lastEvent);
      step.end('ABORTED', { error, cause });
    });
  }

  /** Runs again what has not succeeded in an execution that has failed, was aborted or timed out. */
  async redrive(arn: string): Promise<void> {
    await this.#inTurn(
      arn,
      (step) => {
        const { execution } = step;
        const cleared = { error: undefined, cause: undefined, stopMs: undefined };
        Object.assign(execution, cleared, { status: 'RUNNING', redriveMs: step.nowMs, redriveCount: execution.redriveCount + 1 });
        step.event('ExecutionRedriven', { redriveCount: execution.redriveCount }, execution.lastEvent);
        this.#rerunUnsuccessful(step);
        this.#limitTime(step, this.#compiledOf(execution.revision));
        step.effects.push({ type: 'statusChanged' });
      },
      false,
    );
  }

  /** Ends the task that waits for a token; false when nothing waits for it any more. */
  async answerToken(token: string, answer: Answer): Promise<boolean> {
    return await this.#signalToken(token, (attempt) => ({ type: 'answered', attempt, answer }));
  }

  async heartbeat(token: string): Promise<boolean> {
    return await this.#signalToken(token, (attempt) => ({ type: 'heartbeat', attempt }));
  }

  async #signalToken(token: string, signal: (attempt: string) => Signal): Promise<boolean> {
    const waiting = this.journal.token(token);
    if (!waiting) return false;
    let told = false;
    await this.#inTurn(waiting.execution, async (step, flow) => {
      const task = step.find(waiting.frame)?.task;
      if (task?.token !== token) return;
      told = true;
      await flow.tell(waiting.frame, signal(task.attempt));
    });
    return told;
  }

  /** Runs work as the next step of a running execution; the clock stands still until its effects are under way. */
  #inTurn(arn: string, work: Work, onlyRunning = true): Promise<void> {
    const release = this.#clock.hold(`a step of ${arn}`);
    const turn = (this.#turns.get(arn) ?? Promise.resolve()).then(async () => {
      if (!this.#stopped) await this.#takeStep(arn, work, onlyRunning);
    });
    const settled = turn.catch(() => undefined).finally(release);
    this.#turns.set(arn, settled);
    void settled.then(() => this.#turns.get(arn) === settled && this.#turns.delete(arn));
    return turn;
  }

  async #takeStep(arn: string, work: Work, onlyRunning: boolean): Promise<void> {
    const step = this.#stepOf(arn);
    if (onlyRunning && step.execution.status !== 'RUNNING') return;
    const compiled = this.#compiledOf(step.execution.revision);
    try {
      await work(step, new Flow(step, compiled, this.#context.region));
    } catch (thrown) {
      return this.#failExecution(arn, thrown);
    }
    if (this.#stopped) return;
    step.commit();
    this.#carryOut(step);
  }

  /** What no state can handle ends the execution: a full history, or a defect of the engine. */
  #failExecution(arn: string, thrown: unknown): void {
    const full = thrown instanceof HistoryFull;
    if (!full) this.#context.log(`engine: ${arn}: ${thrown instanceof Error ? thrown.stack : thrown}`);
    const cause = full ? `The execution reached the maximum number of history events (${MOST_EVENTS}).` : String(thrown);
    const step = this.#stepOf(arn);
    step.event('ExecutionFailed', { error: 'States.Runtime', cause }, step.execution.lastEvent);
    step.end('FAILED', { error: 'States.Runtime', cause });
    step.commit();
    this.#carryOut(step);
  }

  #stepOf(arn: string): Step {
    const execution = this.journal.execution(arn);
    if (!execution) throw new Error(`No execution ${arn}`);
    return new Step(this.journal, execution, this.#clock.nowMs());
  }

  #carryOut(step: Step): void {
    for (const effect of step.effects) this.#carryOutOne(step, effect);
    if (step.timersChanged) this.#armTimer();
  }

  #carryOutOne(step: Step, effect: Effect): void {
    const { execution } = step;
    if (effect.type === 'run') this.#inTurnLogged(execution.arn, (_, flow) => flow.run(effect.frame));
    if (effect.type === 'call') this.#call(execution, step.find(effect.frame));
    if (effect.type === 'statusChanged') this.#publish(execution.arn);
    if (effect.type === 'stopJob') void this.#send(execution, stopRequest(effect.resource, effect.job));
    if (effect.type === 'ended') this.#tellWatchers(execution.arn);
    if (effect.type === 'watching') this.#tellWatchers(effect.child);
  }

  #inTurnLogged(arn: string, work: Work): void {
    this.#inTurn(arn, work).catch((thrown: unknown) => this.#context.log(`engine: ${arn}: ${thrown}`));
  }

  #resumeFrame(arn: string, id: number): void {
    const frame = this.journal.frame(arn, id);
    const execution = this.journal.execution(arn);
    if (!frame || !execution) return;
    if (frame.phase === 'calling') this.#call(execution, frame);
    else this.#inTurnLogged(arn, (_, flow) => flow.run(id));
  }

  #call(execution: Execution, frame: Frame | undefined): void {
    const task = frame?.task;
    const resource = resourceOf(task?.resource ?? '');
    if (!frame || !task || !resource) return;
    const { arn, machineArn } = execution;
    const request = task.job
      ? pollRequest(task.job)
      : requestOf(resource, task.arguments as { [name: string]: Json }, arn, machineArn, task);
    const release = this.#clock.hold(`${resource.name} of ${arn}`);
    void this.#send(execution, request)
      .then((reply) => this.#inTurnLogged(arn, (_, flow) => flow.tell(frame.id, { type: 'replied', attempt: task.attempt, reply })))
      .finally(release);
  }

  async #send(execution: Execution, request: Request): Promise<Reply> {
    try {
      return replyOf(await this.#context.call(execution.roleArn, request));
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      return { status: 500, headers: { 'x-amzn-errortype': 'SdkClientException' }, body: JSON.stringify({ message }) };
    }
  }

  #tellWatchers(child: string): void {
    const ended = this.journal.execution(child);
    if (!ended || ended.status === 'RUNNING') return;
    for (const watcher of this.journal.watchersOf(child)) this.#tellWatcher(ended, watcher);
  }

  #tellWatcher(child: Execution, { execution, frame, attempt }: Watcher): void {
    this.#inTurnLogged(execution, async (step, flow) => {
      const task = step.find(frame)?.task;
      if (!task || task.job !== child.arn) return;
      task.job = undefined;
      await flow.tell(frame, { type: 'answered', attempt, answer: childAnswer(child, task.resource.endsWith(':2')) });
    });
  }

  #publish(arn: string): void {
    const execution = this.journal.execution(arn);
    if (!execution) return;
    this.#announce(execution);
    this.journal.markPublished(arn, execution.status);
  }

  #limitTime(step: Step, { machine }: Compiled): void {
    if (machine.TimeoutSeconds !== undefined) step.setTimer(EXECUTION_FRAME, 'execution', step.nowMs + 1000 * machine.TimeoutSeconds);
  }

  #rerunUnsuccessful(step: Step): void {
    const frames = this.journal.frames(step.execution.arn);
    const parents = new Set(frames.map(({ parent }) => parent));
    for (const { id } of frames.filter((frame) => !parents.has(frame.id))) {
      const frame = step.frame(id);
      Object.assign(frame, { retries: [], retryCount: 0, phase: frame.phase === 'ready' ? 'ready' : 'again', children: undefined });
      step.effects.push({ type: 'run', frame: id });
    }
  }

  #armTimer(): void {
    this.#armTimerAfter(undefined);
  }

  #armTimerAfter(afterMs: number | undefined): void {
    this.#cancelTimer();
    const atMs = this.#stopped ? undefined : this.journal.nextTimerMs(afterMs);
    this.#cancelTimer = atMs === undefined ? () => undefined : this.#clock.at(atMs, () => this.#fireTimers());
  }

  #fireTimers(): void {
    const nowMs = this.#clock.nowMs();
    for (const timer of this.journal.dueTimers(nowMs)) this.#fire(timer);
    this.#armTimerAfter(nowMs);
  }

  #fire(timer: TimerRow): void {
    const { execution, frame, kind } = timer;
    const key = `${execution} ${frame} ${kind}`;
    if (this.#firing.has(key)) return;
    this.#firing.add(key);
    const fired = this.#inTurn(execution, async (step, flow) => {
      const due = this.journal.timer(execution, frame, kind);
      if (!due || due.at_ms > step.nowMs) return;
      step.clearTimer(frame, kind);
      if (kind === 'execution') return timeOut(step);
      await flow.tell(frame, { type: 'timer', kind });
    });
    fired.catch((thrown: unknown) => this.#context.log(`engine: ${execution}: ${thrown}`)).finally(() => this.#firing.delete(key));
  }

  #compiledOf(revision: string): Compiled {
    const known = this.#compiled.get(revision);
    if (known) return known;
    const stored = this.journal.revision(revision);
    if (!stored) throw new Error(`No definition ${revision}`);
    const compiled = { machine: JSON.parse(stored.definition) as MachineDefinition, expressions: new Expressions() };
    this.#compiled.set(revision, compiled);
    return compiled;
  }
}

function timeOut(step: Step): void {
  step.event('ExecutionTimedOut', {}, step.execution.lastEvent);
  step.end('TIMED_OUT');
}

function replyOf({ status, headers = {}, body }: ApiReply): Reply {
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { status, headers: Object.fromEntries(lowered), body: String(body) };
}
