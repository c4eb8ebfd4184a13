import type { ApiReply, HostContext } from '../host.ts';
import type { MachineDefinition } from './definition.ts';
import { Flow } from './flow.ts';
import type { Execution, Frame, Reply, Signal, Task } from './frame.ts';
import { type Request, requestOf } from './integrations.ts';
import { childAnswer, pollRequest, stopRequest } from './jobs.ts';
import type { Journal, TimerRow } from './journal.ts';
import { Expressions } from './jsonata.ts';
import { redrive } from './redrive.ts';
import { type Effect, HistoryFull, MOST_EVENTS, Step } from './step.ts';
import { Timers } from './timers.ts';
import { Turns } from './turns.ts';
import type { Compiled } from './visit.ts';

const EXECUTION_FRAME = 0;

type EngineContext = Pick<HostContext, 'clock' | 'call' | 'log'>;
type Work = (step: Step, flow: Flow) => Promise<void> | void;

/** Runs executions, one step after the other. Every step is one transaction; effects follow its commit. */
export class Engine {
  readonly journal: Journal;
  readonly #context: EngineContext;
  readonly #announce: (execution: Execution) => void;
  readonly #turns: Turns;
  readonly #timers: Timers;
  readonly #compiled = new Map<string, Compiled>();
  #stopped = false;

  constructor(journal: Journal, context: EngineContext, announce: (execution: Execution) => void) {
    this.journal = journal;
    this.#context = context;
    this.#announce = announce;
    this.#turns = new Turns(context.clock);
    this.#timers = new Timers(journal, context.clock, (timer) => this.#onTimer(timer));
  }

  resume(): void {
    for (const arn of this.journal.unpublished()) this.#publish(arn);
    for (const { execution, id, phase } of this.journal.unfinished())
      this.#carryOutOne(this.#stepOf(execution), { type: phase === 'calling' ? 'call' : 'run', frame: id });
    for (const { execution, json } of this.journal.stops())
      this.#carryOutOne(this.#stepOf(execution), { type: 'stopJob', task: JSON.parse(json) });
    for (const child of this.journal.endedChildren()) this.#tellParents(child);
    this.#timers.arm();
  }

  /** Waits for the steps under way. The next process does the rest. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timers.stop();
    await this.#turns.settled();
  }

  start(execution: Execution): void {
    const { arn, machineArn, startMs, startedBy, input, roleArn } = execution;
    const compiled = this.#compiledOf(execution.revision);
    const step = new Step(this.journal, execution, startMs);
    this.journal.file.transaction(() => {
      const columns = 'insert into executions values (?, ?, ?, ?, null, ?, ?)';
      this.journal.file.run(columns, arn, machineArn, 'RUNNING', startMs, startedBy ?? null, JSON.stringify(execution));
      step.event('ExecutionStarted', { input, inputDetails: { truncated: false }, roleArn }, 0);
      step.addFrame({ path: [], index: 0, state: compiled.machine.StartAt, input: JSON.parse(input), cursor: 0 });
      this.#limitTime(step, compiled);
      step.commit();
    });
    this.#publish(arn);
    this.#carryOut(step);
  }

  async abort(arn: string, error?: string, cause?: string): Promise<void> {
    await this.#inTurn(arn, (step) => {
      step.event('ExecutionAborted', { error, cause }, 0);
      step.end('ABORTED', { error, cause });
    });
  }

  async redrive(arn: string): Promise<void> {
    const work: Work = (step) => {
      redrive(step, this.journal.frames(arn));
      this.#limitTime(step, this.#compiledOf(step.execution.revision));
    };
    await this.#inTurn(arn, work, false);
  }

  /** Gives a task the reply for its token. False if no task waits for the token. */
  async tellToken(token: string, signal: (attempt: string) => Signal): Promise<boolean> {
    const waiting = this.journal.waitingForToken(token);
    if (!waiting) return false;
    let told = false;
    await this.#inTurn(waiting.execution, async (step, flow) => {
      const task = step.find(waiting.id)?.task;
      if (task?.token !== token) return;
      told = true;
      await flow.tell(waiting.id, signal(task.attempt));
    });
    return told;
  }

  #inTurn(arn: string, work: Work, onlyRunning = true): Promise<void> {
    return this.#turns.take(arn, async () => {
      if (this.#stopped) throw new Error('The engine has stopped');
      const step = this.#stepOf(arn);
      if (!onlyRunning || step.execution.status === 'RUNNING') await this.#takeStep(arn, step, work);
    });
  }

  async #takeStep(arn: string, step: Step, work: Work): Promise<void> {
    const compiled = this.#compiledOf(step.execution.revision);
    try {
      await work(step, new Flow(step, compiled));
    } catch (thrown) {
      return this.#failExecution(arn, thrown);
    }
    step.commit();
    this.#carryOut(step);
  }

  /** Ends an execution for a reason that no state can handle: a full history, or a defect of the engine. */
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
    return new Step(this.journal, execution, this.#context.clock.nowMs());
  }

  #carryOut(step: Step): void {
    if (this.#stopped) return;
    for (const effect of step.effects) this.#carryOutOne(step, effect);
    if (step.timersChanged) this.#timers.arm();
  }

  #carryOutOne(step: Step, effect: Effect): void {
    const { execution } = step;
    if (effect.type === 'run') void this.#inTurnLogged(execution.arn, (_, flow) => flow.run(effect.frame));
    if (effect.type === 'call') this.#call(execution, step.find(effect.frame));
    if (effect.type === 'statusChanged') this.#publish(execution.arn);
    if (effect.type === 'stopJob') void this.#stopJob(execution, effect.task);
    if (effect.type === 'ended') this.#tellParents(effect.execution);
  }

  /** For work without a waiting caller: a step that cannot commit is logged, and the next process repeats it. */
  async #inTurnLogged(arn: string, work: Work): Promise<void> {
    await this.#inTurn(arn, work).catch((thrown: unknown) => this.#stopped || this.#context.log(`engine: ${arn}: ${thrown}`));
  }

  #call(execution: Execution, frame: Frame | undefined): void {
    const task = frame?.task;
    if (!frame || !task) return;
    const request = () => (task.job ? pollRequest(task.job) : requestOf(task, execution));
    void this.#send(execution, request, task).then((reply) =>
      this.#inTurnLogged(execution.arn, (_, flow) => flow.tell(frame.id, { type: 'replied', attempt: task.attempt, reply })),
    );
  }

  async #stopJob(execution: Execution, task: Task): Promise<void> {
    const { status } = await this.#send(execution, () => stopRequest(task, execution.arn), task);
    if (status < 500 && !this.#stopped) this.journal.file.run('delete from stops where attempt = ?', task.attempt);
  }

  async #send({ arn, roleArn }: Execution, request: () => Request, task: Task): Promise<Reply> {
    const release = this.#context.clock.hold(`${task.resource.name} of ${arn}`);
    try {
      return replyOf(await this.#context.call(task.roleArn ?? roleArn, request()));
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      return { status: 500, headers: { 'x-amzn-errortype': 'SdkClientException' }, body: JSON.stringify({ message }) };
    } finally {
      release();
    }
  }

  /** Reports the end of an execution to the `.sync` tasks that wait for it. */
  #tellParents(arn: string): void {
    const child = this.journal.execution(arn);
    if (!child || child.status === 'RUNNING') return;
    for (const { execution, id } of this.journal.waitingForJob(arn))
      void this.#inTurnLogged(execution, async (step, flow) => {
        const task = step.find(id)?.task;
        if (task?.job !== arn) return;
        task.job = undefined;
        await flow.tell(id, { type: 'answered', attempt: task.attempt, answer: childAnswer(child, task.resource.pattern === 'sync:2') });
      });
  }

  #publish(arn: string): void {
    const execution = this.journal.execution(arn);
    if (!execution) return;
    try {
      this.#announce(execution);
      this.journal.file.run('update executions set published = ? where arn = ?', execution.status, arn);
    } catch (thrown) {
      this.#context.log(`engine: ${arn}: its status waits for the next start to be published: ${thrown}`);
    }
  }

  #limitTime(step: Step, { machine }: Compiled): void {
    if (machine.TimeoutSeconds !== undefined) step.setTimer(EXECUTION_FRAME, 'execution', step.nowMs + 1000 * machine.TimeoutSeconds);
  }

  async #onTimer({ execution, frame, kind }: TimerRow): Promise<void> {
    await this.#inTurnLogged(execution, async (step, flow) => {
      const due = this.journal.timer(execution, frame, kind);
      if (!due || due.at_ms > step.nowMs) return;
      step.clearTimer(frame, kind);
      if (kind !== 'execution') return await flow.tell(frame, { type: 'timer', kind });
      step.event('ExecutionTimedOut', { error: 'States.Timeout' }, 0);
      step.end('TIMED_OUT');
    });
  }

  #compiledOf(revision: string): Compiled {
    const known = this.#compiled.get(revision);
    if (known) return known;
    const { definition } = this.journal.revision(revision);
    const compiled = { machine: JSON.parse(definition) as MachineDefinition, expressions: new Expressions() };
    this.#compiled.set(revision, compiled);
    return compiled;
  }
}

function replyOf({ status, headers = {}, body }: ApiReply): Reply {
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { status, headers: Object.fromEntries(lowered), body: String(body) };
}
