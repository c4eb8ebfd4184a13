export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export interface Retrier {
  readonly ErrorEquals: string[];
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxAttempts?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly ErrorEquals: string[];
  readonly Next: string;
  readonly Assign?: JsonObject;
  readonly Output?: Json;
}

export interface ChoiceRule {
  readonly Condition: Json;
  readonly Next: string;
  readonly Assign?: JsonObject;
  readonly Output?: Json;
}

/** One state of an ASL file; which fields it has depends on its type, and `definitionProblems` has checked that. */
export interface State {
  readonly Type: StateType;
  readonly QueryLanguage?: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Assign?: JsonObject;
  readonly Output?: Json;
  readonly Arguments?: Json;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number | string;
  readonly HeartbeatSeconds?: number | string;
  readonly Retry?: Retrier[];
  readonly Catch?: Catcher[];
  readonly Seconds?: number | string;
  readonly Timestamp?: string;
  readonly Error?: string;
  readonly Cause?: string;
  readonly Choices?: ChoiceRule[];
  readonly Default?: string;
  readonly Branches?: States[];
  readonly Items?: Json;
  readonly ItemSelector?: Json;
  readonly ItemProcessor?: States & { readonly ProcessorConfig?: { readonly Mode?: string } };
  readonly MaxConcurrency?: number | string;
  readonly ToleratedFailureCount?: number | string;
  readonly ToleratedFailurePercentage?: number | string;
}

export const STATE_TYPES = ['Task', 'Choice', 'Wait', 'Pass', 'Succeed', 'Fail', 'Parallel', 'Map'] as const;
export type StateType = (typeof STATE_TYPES)[number];

/** What Parallel branches, Map processors and whole machines have in common. */
export interface States {
  readonly StartAt: string;
  readonly States: Record<string, State>;
}

export interface MachineDefinition extends States {
  readonly QueryLanguage?: string;
  readonly TimeoutSeconds?: number;
}

/** Where a frame's states stand in the file: a Map's name, or a Parallel's name and the number of its branch, nested. */
export type FramePath = readonly (string | number)[];

/** Finds the states that a frame runs. */
export function statesAt(machine: States, path: FramePath): States {
  let states = machine;
  for (const step of path) states = typeof step === 'number' ? branch(states, step) : inner(states, step);
  return states;
}

/** A Parallel keeps its place in the path as `name, index`: the name alone stands for its branches. */
function inner(states: States, name: string): States {
  const state = states.States[name];
  if (!state) throw new Error(`The definition has no state ${name}`);
  return state.ItemProcessor ?? { StartAt: name, States: { [name]: state } };
}

function branch(parallel: States, index: number): States {
  const found = parallel.States[parallel.StartAt]?.Branches?.[index];
  if (!found) throw new Error(`The definition has no branch ${index} of ${parallel.StartAt}`);
  return found;
}
