import { choice } from './choice.ts';
import type { Catcher, JsonObject, StateType } from './definition.ts';
import { fail } from './fail.ts';
import { EvaluationFailure, matches, RUNTIME_ERROR, StateFailure } from './failure.ts';
import type { Frame, Signal } from './frame.ts';
import { map } from './map.ts';
import { parallel } from './parallel.ts';
import { pass } from './pass.ts';
import { retryDelayMs } from './retry.ts';
import type { Step } from './step.ts';
import { succeed } from './succeed.ts';
import { task } from './task.ts';
import { UNTRUNCATED } from './task-events.ts';
import { type Compiled, type Exit, type Outcome, type StateHandler, Visit } from './visit.ts';
import { wait } from './wait.ts';

const HANDLERS: Record<StateType, StateHandler> = {
  Task: task,
  Choice: choice,
  Wait: wait,
  Pass: pass,
  Succeed: succeed,
  Fail: fail,
  Parallel: parallel,
  Map: map,
};

/** The rules by which frames go from state to state, within one step. */
export class Flow {
  readonly #step: Step;
  readonly #compiled: Compiled;

  constructor(step: Step, compiled: Compiled) {
    this.#step = step;
    this.#compiled = compiled;
  }

  /** Enters the state of a `ready` frame, or runs that of one to run `again`. */
  async run(id: number): Promise<void> {
    const frame = this.#step.find(id);
    if (frame?.phase !== 'ready' && frame?.phase !== 'again') return;
    const visit = this.#visit(frame);
    if (frame.phase === 'ready') enter(visit);
    frame.phase = 'waiting';
    await this.#attempt(visit, () => HANDLERS[visit.state.Type].run(visit));
  }

  /** Reports to a waiting frame what happened. A frame that is gone is left alone. */
  async tell(id: number, signal: Signal): Promise<void> {
    const frame = this.#step.find(id);
    if (!frame) return;
    const visit = this.#visit(frame);
    if (signal.type === 'timer' && signal.kind === 'retry') {
      frame.phase = 'again';
      return await this.run(id);
    }
    await this.#attempt(visit, async () => (await HANDLERS[visit.state.Type].on?.(visit, signal)) ?? 'waits');
  }

  #visit(frame: Frame): Visit {
    return new Visit(this.#step, frame, this.#compiled);
  }

  async #attempt(visit: Visit, work: () => Promise<Outcome>): Promise<void> {
    const outcome = await outcomeOf(work);
    if (outcome instanceof StateFailure) await this.#fail(visit, outcome);
    else if (outcome !== 'waits') await this.#leave(visit, outcome);
  }

  async #leave(visit: Visit, { output, assigned = {}, next = visit.state.Next }: Exit): Promise<void> {
    const { frame, state } = visit;
    this.#step.dropTask(frame, false);
    const values = Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)]);
    const assignment = values.length > 0 && { assignedVariables: Object.fromEntries(values), assignedVariablesDetails: UNTRUNCATED };
    const details = { name: frame.state, output: JSON.stringify(output), outputDetails: UNTRUNCATED, ...assignment };
    this.#step.event(`${state.Type}StateExited`, details, frame.cursor, frame);
    Object.assign(frame.variables, assigned);
    Object.assign(frame, { retries: [], retryCount: 0, children: undefined });
    if (next === undefined) return await this.#end(frame, output);
    Object.assign(frame, { state: next, input: output, phase: 'ready' });
    this.#step.effects.push({ type: 'run', frame: frame.id });
  }

  async #end(frame: Frame, output: Exit['output']): Promise<void> {
    if (frame.parent !== undefined) return await this.tell(frame.parent, { type: 'child', child: frame, output });
    const details = { output: JSON.stringify(output), outputDetails: UNTRUNCATED };
    this.#step.event('ExecutionSucceeded', details, frame.cursor, frame);
    this.#step.end('SUCCEEDED', { output });
  }

  async #fail(visit: Visit, failure: StateFailure): Promise<void> {
    const { frame, state } = visit;
    if (failure instanceof EvaluationFailure) recordEvaluation(visit, failure);
    if (failure.error === RUNTIME_ERROR) return this.#failExecution(frame, failure);
    if (this.#retry(visit, failure)) return;
    const { cursor } = frame;
    const index = state.Catch?.findIndex((catcher) => matches(catcher, failure)) ?? -1;
    if (index < 0 && state.Type === 'Task' && frame.parent !== undefined) this.#step.event('TaskStateAborted', undefined, cursor);
    recordStateFailed(visit);
    const catcher = state.Catch?.[index];
    if (catcher) await this.#catch(visit, failure, catcher, { index, cursor });
    else await this.#propagate(frame, failure);
  }

  async #propagate(frame: Frame, failure: StateFailure): Promise<void> {
    const { error, reason, alias } = failure;
    if (frame.parent === undefined) this.#failExecution(frame, failure);
    else await this.tell(frame.parent, { type: 'childFailed', child: frame, failure: new StateFailure(error, reason, alias) });
  }

  #failExecution({ cursor }: Frame, { error, reason }: StateFailure): void {
    this.#step.event('ExecutionFailed', { error, cause: reason }, cursor);
    this.#step.end('FAILED', { error, cause: reason });
  }

  #retry({ frame, state }: Visit, failure: StateFailure): boolean {
    const index = state.Retry?.findIndex((retrier) => matches(retrier, failure)) ?? -1;
    const retrier = state.Retry?.[index];
    const used = frame.retries[index] ?? 0;
    if (!retrier || used >= (retrier.MaxAttempts ?? 3)) return false;
    this.#abandon(frame);
    frame.retries[index] = used + 1;
    frame.retryCount++;
    frame.phase = 'waiting';
    this.#step.setTimer(frame.id, 'retry', this.#step.nowMs + retryDelayMs(retrier, used, this.#step.execution));
    return true;
  }

  /** A catcher that fails itself fails the state a second time, past all catchers. */
  async #catch(visit: Visit, { error, reason }: StateFailure, catcher: Catcher, at: { index: number; cursor: number }): Promise<void> {
    const { frame } = visit;
    this.#abandon(frame);
    const errorOutput: JsonObject = { Error: error ?? '', Cause: reason ?? '' };
    const caught = await outcomeOf(() => visit.exit(catcher, errorOutput, visit.scope({ errorOutput }), `Catch[${at.index}]/`));
    if (caught === 'waits') return;
    if (!(caught instanceof StateFailure)) return await this.#leave(visit, { ...caught, next: catcher.Next });
    frame.cursor = at.cursor;
    if (caught instanceof EvaluationFailure) recordEvaluation(visit, caught);
    recordStateFailed(visit);
    await this.#propagate(frame, caught);
  }

  /** Forgets the failed attempt of a state: its waits and everything that runs inside it. */
  #abandon(frame: Frame): void {
    for (const child of this.#step.childrenOf(frame.id)) this.#step.removeFrame(child.id);
    this.#step.dropTask(frame);
    frame.children = undefined;
  }
}

async function outcomeOf(work: () => Promise<Outcome>): Promise<Outcome | StateFailure> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof StateFailure) return thrown;
    throw thrown;
  }
}

function enter({ step, frame, state }: Visit): void {
  frame.enteredAfter = frame.cursor;
  frame.enteredMs = step.nowMs;
  const details = { name: frame.state, input: JSON.stringify(frame.input), inputDetails: UNTRUNCATED };
  frame.enteredId = step.event(`${state.Type}StateEntered`, details, frame.cursor, frame);
}

function recordEvaluation({ step, frame, state }: Visit, { error, reason, location }: EvaluationFailure): void {
  const atOnce = frame.cursor === frame.enteredId && !['Task', 'Wait'].includes(state.Type);
  const details = { cause: reason, error, location, state: frame.state };
  step.event('EvaluationFailed', details, atOnce ? frame.enteredAfter : frame.cursor, frame);
}

function recordStateFailed({ step, frame, state }: Visit): void {
  if (state.Type === 'Map' || state.Type === 'Parallel') step.event(`${state.Type}StateFailed`, undefined, frame.cursor, frame);
}
