export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export interface Retrier extends Readonly<Partial<Record<'IntervalSeconds' | 'BackoffRate' | 'MaxAttempts' | 'MaxDelaySeconds', number>>> {
  readonly ErrorEquals: string[];
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

/** What leaving a state, by whatever way, may keep and hand on. */
export interface Leaving {
  readonly Assign?: JsonObject;
  readonly Output?: Json;
}

export type Catcher = Leaving & { readonly ErrorEquals: string[]; readonly Next: string };
export type ChoiceRule = Leaving & { readonly Condition: Json; readonly Next: string };

type TextField = 'QueryLanguage' | 'Next' | 'Resource' | 'Timestamp' | 'Error' | 'Cause' | 'Default';
export type NumberField = 'Seconds' | `${'Timeout' | 'Heartbeat'}Seconds` | 'MaxConcurrency' | `ToleratedFailure${'Count' | 'Percentage'}`;

type JsonField = 'Arguments' | 'Credentials' | 'Items' | 'ItemSelector';
type Fields = Record<TextField, string> & Record<NumberField, number | string> & Record<JsonField, Json>;

/** One state of an ASL file; which fields it has depends on its type, and `definitionProblems` has checked that. */
export type State = Leaving &
  Readonly<Partial<Fields>> & {
    readonly Type: StateType;
    readonly End?: boolean;
    readonly Retry?: Retrier[];
    readonly Catch?: Catcher[];
    readonly Choices?: ChoiceRule[];
    readonly Branches?: States[];
    readonly ItemProcessor?: States;
  };

export const STATE_TYPES = ['Task', 'Choice', 'Wait', 'Pass', 'Succeed', 'Fail', 'Parallel', 'Map'] as const;
export type StateType = (typeof STATE_TYPES)[number];

/** What Parallel branches, Map processors and whole machines have in common. */
export interface States {
  readonly StartAt: string;
  readonly States: Record<string, State>;
}

export type MachineDefinition = States & { readonly TimeoutSeconds?: number };

/** Where a frame's states stand in the file: the name of each Map around them, or of each Parallel and the number of its branch. */
export type FramePath = readonly (readonly [state: string, branch?: number])[];

/** Finds the states that a frame runs. */
export const statesAt = (machine: States, path: FramePath): States => path.reduce(statesIn, machine);

function statesIn(around: States, [name, branch]: FramePath[number]): States {
  const state = around.States[name];
  const inner = branch === undefined ? state?.ItemProcessor : state?.Branches?.[branch];
  if (!inner) throw new Error(`The definition has nothing inside ${name}`);
  return inner;
}
