import { type Json, type JsonObject, type Leaving, type MachineDefinition, type NumberField, type State, statesAt } from './definition.ts';
import { EvaluationFailure, StateFailure } from './failure.ts';
import type { Frame, Signal } from './frame.ts';
import { functionsAt } from './functions.ts';
import type { Expressions, Scope } from './jsonata.ts';
import type { Step } from './step.ts';

/** The quota of a payload between states, in bytes. */
export const LARGEST_PAYLOAD = 262_144;

export interface Compiled {
  readonly machine: MachineDefinition;
  readonly expressions: Expressions;
}

/** How a state is left; without `next` the state's own Next or End decides. */
export interface Exit {
  readonly output: Json;
  readonly assigned?: JsonObject;
  readonly next?: string;
}

export type Outcome = Exit | 'waits';

/** One ASL state type. A StateFailure that it throws goes to the state's Retry and Catch. */
export interface StateHandler {
  run(visit: Visit): Promise<Outcome>;
  on?(visit: Visit, signal: Signal): Promise<Outcome>;
}

export class Visit {
  readonly step: Step;
  readonly frame: Frame;
  readonly compiled: Compiled;

  constructor(step: Step, frame: Frame, compiled: Compiled) {
    this.step = step;
    this.frame = frame;
    this.compiled = compiled;
  }

  get state(): State {
    const state = statesAt(this.compiled.machine, this.frame.path).States[this.frame.state];
    if (!state) throw new Error(`The definition has no state ${this.frame.state}`);
    return state;
  }

  /** "An error occurred while executing the state 'X' (entered at the event id #2). " */
  get prefix(): string {
    return `An error occurred while executing the state '${this.frame.state}' (entered at the event id #${this.frame.enteredId}). `;
  }

  scope(more: { result?: Json; errorOutput?: Json; item?: Frame['item']; token?: string } = {}): Scope {
    const { result, errorOutput } = more;
    const states = { input: this.frame.input, context: this.#context(more), result, errorOutput };
    const variables = Object.assign({}, ...this.#around().map((frame) => frame.variables));
    const bindings = { ...functionsAt(this.step.nowMs, this.step.execution), ...variables, states };
    return { bindings, prefix: this.prefix };
  }

  evaluate(value: Json, field: string, scope = this.scope()): Promise<Json> {
    return this.compiled.expressions.evaluate(value, field, scope);
  }

  async count(field: NumberField): Promise<number | undefined> {
    const value = this.state[field];
    if (value === undefined) return undefined;
    const number = await this.compiled.expressions.typed<number>(value, field, this.scope(), 'integer');
    if (number >= 0) return number;
    throw new EvaluationFailure(`${this.prefix}The value of the field '${field}' must not be negative but was: ${number}`, field);
  }

  /** Evaluates Assign and Output of a state, a catcher or a choice rule. `output` is the default Output. */
  async exit(fields: Leaving, output: Json, scope = this.scope(), at = ''): Promise<Exit> {
    const assigned = fields.Assign && (this.within(await this.evaluate(fields.Assign, `${at}Assign`, scope)) as JsonObject);
    const answered = fields.Output === undefined ? output : await this.evaluate(fields.Output, `${at}Output`, scope);
    return { output: this.within(answered), assigned };
  }

  /** Records the work that a failure interrupts in the other branches or iterations of this state. */
  cutSiblings(failed: Frame, record: (cut: Frame) => void = () => undefined): void {
    for (const cut of this.step.childrenOf(this.frame.id)) {
      if (cut.id === failed.id) continue;
      record(cut);
      const { state } = new Visit(this.step, cut, this.compiled);
      if (cut.phase !== 'ready') this.step.event(`${state.Type}StateAborted`, undefined, failed.cursor);
    }
  }

  within(payload: Json, what = this.frame.state): Json {
    if (Buffer.byteLength(JSON.stringify(payload)) <= LARGEST_PAYLOAD) return payload;
    const why = `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`;
    throw new StateFailure('States.DataLimitExceeded', why);
  }

  /** This frame and those around it, from the outside in. */
  #around(frame = this.frame): Frame[] {
    return frame.parent === undefined ? [frame] : [...this.#around(this.step.frame(frame.parent)), frame];
  }

  #context({ item = this.#around().findLast((frame) => frame.item)?.item, token }: { item?: Frame['item']; token?: string }): JsonObject {
    const { arn, name, roleArn, startMs, input, redriveCount, redriveMs, machineArn, machineName } = this.step.execution;
    const { state, enteredMs, retryCount } = this.frame;
    const redriven: JsonObject = redriveMs === undefined ? {} : { RedriveTime: isoTime(redriveMs) };
    const started = { Id: arn, Input: JSON.parse(input), StartTime: isoTime(startMs), Name: name, RoleArn: roleArn };
    return {
      Execution: { ...started, RedriveCount: redriveCount, ...redriven },
      StateMachine: { Id: machineArn, Name: machineName },
      State: { Name: state, EnteredTime: isoTime(enteredMs), RetryCount: retryCount },
      ...(token && { Task: { Token: token } }),
      ...(item && { Map: { Item: { ...item } } }),
    };
  }
}

const isoTime = (epochMs: number) => new Date(epochMs).toISOString().replace('.000Z', 'Z');
