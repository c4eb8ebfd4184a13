import { choice } from './choice.ts';
import { type JsonObject, type StateType, statesAt } from './definition.ts';
import { fail as failState } from './fail.ts';
import { EvaluationFailure, matches, StateFailure } from './failure.ts';
import type { Frame, Signal } from './frame.ts';
import { map } from './map.ts';
import { parallel } from './parallel.ts';
import { pass } from './pass.ts';
import { retryDelayMs } from './retry.ts';
import type { Step } from './step.ts';
import { succeed } from './succeed.ts';
import { task } from './task.ts';
import { type Compiled, type Exit, type Outcome, type StateHandler, Visit } from './visit.ts';
import { wait } from './wait.ts';

const HANDLERS: Record<StateType, StateHandler> = {
  Task: task,
  Choice: choice,
  Wait: wait,
  Pass: pass,
  Succeed: succeed,
  Fail: failState,
  Parallel: parallel,
  Map: map,
};

const UNTRUNCATED = { truncated: false };

/** The rules by which frames go from state to state, within one step. */
export class Flow {
  readonly #step: Step;
  readonly #compiled: Compiled;
  readonly #region: string;

  constructor(step: Step, compiled: Compiled, region: string) {
    this.#step = step;
    this.#compiled = compiled;
    this.#region = region;
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

  /** Tells a waiting frame what happened; a frame that is gone does not mind. */
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
    return new Visit(this.#step, frame, this.#compiled, this.#region);
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
    recordFailure(visit, failure);
    if (this.#retry(visit, failure)) return;
    if (!(await this.#catch(visit, failure))) await this.#propagate(visit.frame, failure);
  }

  async #propagate(frame: Frame, { error, reason }: StateFailure): Promise<void> {
    if (frame.parent !== undefined) return await this.tell(frame.parent, { type: 'childFailed', child: frame, error, reason });
    this.#step.event('ExecutionFailed', { error, cause: reason }, frame.cursor, frame);
    this.#step.end('FAILED', { error, cause: reason });
  }

  #retry({ frame, state }: Visit, { error }: StateFailure): boolean {
    const index = state.Retry?.findIndex((retrier) => matches(retrier, error)) ?? -1;
    const retrier = state.Retry?.[index];
    const used = frame.retries[index] ?? 0;
    if (!retrier || used >= (retrier.MaxAttempts ?? 3)) return false;
    this.#abandon(frame);
    frame.retries = Array.from(
      { length: Math.max(frame.retries.length, index + 1) },
      (_, i) => (frame.retries[i] ?? 0) + (i === index ? 1 : 0),
    );
    frame.retryCount++;
    frame.phase = 'waiting';
    this.#step.setTimer(frame.id, 'retry', this.#step.nowMs + retryDelayMs(retrier, used, this.#step.execution));
    return true;
  }

  async #catch(visit: Visit, { error, reason }: StateFailure): Promise<boolean> {
    const index = visit.state.Catch?.findIndex((catcher) => matches(catcher, error)) ?? -1;
    const catcher = visit.state.Catch?.[index];
    if (!catcher) return false;
    this.#abandon(visit.frame);
    const errorOutput: JsonObject = { Error: error ?? '', Cause: reason ?? '' };
    const scope = visit.scope({ errorOutput });
    const caught = await outcomeOf(() => visit.exit(catcher, errorOutput, scope, `Catch[${index}]/`));
    if (caught instanceof StateFailure) {
      recordFailure(visit, caught);
      await this.#propagate(visit.frame, caught);
    } else if (caught !== 'waits') await this.#leave(visit, { ...caught, next: catcher.Next });
    return true;
  }

  /** Forgets the failed attempt of a state: what it waits for and everything that runs inside it. */
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

function recordFailure({ step, frame, state }: Visit, failure: StateFailure): void {
  if (failure instanceof EvaluationFailure) {
    const { error, reason, location } = failure;
    const atOnce = frame.cursor === frame.enteredId && !['Task', 'Wait'].includes(state.Type);
    const details = { cause: reason, error, location, state: frame.state };
    step.event('EvaluationFailed', details, atOnce ? frame.enteredAfter : frame.cursor, frame);
  }
  if (state.Type === 'Map' || state.Type === 'Parallel') step.event(`${state.Type}StateFailed`, undefined, frame.cursor, frame);
}

/** Answers the first state of a machine as a frame's beginning. */
export function rootFrame(compiled: Compiled, input: Frame['input']) {
  return { path: [], index: 0, state: statesAt(compiled.machine, []).StartAt, input, cursor: 0 };
}
