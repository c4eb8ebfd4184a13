export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export interface Retrier extends Readonly<Partial<Record<'IntervalSeconds' | 'BackoffRate' | 'MaxAttempts' | 'MaxDelaySeconds', number>>> {
  readonly ErrorEquals: string[];
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

/** The fields by which a state keeps and hands on values as it ends. */
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

export interface States {
  readonly StartAt: string;
  readonly States: Record<string, State>;
}

export type MachineDefinition = States & { readonly TimeoutSeconds?: number };

/** The place of a frame's states in the file: each Map around them by name, each Parallel with its branch. */
export type FramePath = readonly (readonly [state: string, branch?: number])[];

export const statesAt = (machine: States, path: FramePath): States => path.reduce(statesIn, machine);

function statesIn(around: States, [name, branch]: FramePath[number]): States {
  const state = around.States[name];
  const inner = branch === undefined ? state?.ItemProcessor : state?.Branches?.[branch];
  if (!inner) throw new Error(`The definition has nothing inside ${name}`);
  return inner;
}
