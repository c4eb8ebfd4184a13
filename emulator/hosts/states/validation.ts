import jsonata from 'jsonata';
import { STATE_TYPES } from './definition.ts';
import { expressionIn } from './jsonata.ts';
import { topLevelReferences } from './jsonata-references.ts';
import { resourceOf } from './resource.ts';

type Loose = Record<string, unknown>;

const EVERY = ['Type', 'Comment', 'QueryLanguage'];
const COMMON = [...EVERY, 'Next', 'End', 'Output', 'Assign'];
const CAUGHT = [...COMMON, 'Retry', 'Catch'];
const TOLERATED = ['MaxConcurrency', 'ToleratedFailureCount', 'ToleratedFailurePercentage'];
export const FIELDS: Record<string, string[]> = {
  Task: [...CAUGHT, 'Resource', 'Arguments', 'Credentials', 'TimeoutSeconds', 'HeartbeatSeconds'],
  Choice: [...EVERY, 'Choices', 'Default', 'Output', 'Assign'],
  Wait: [...COMMON, 'Seconds', 'Timestamp'],
  Pass: COMMON,
  Succeed: [...EVERY, 'Output'],
  Fail: [...EVERY, 'Error', 'Cause'],
  Parallel: [...CAUGHT, 'Branches', 'Arguments'],
  Map: [...CAUGHT, 'Items', 'ItemProcessor', 'ItemSelector', ...TOLERATED],
};
/** The fields with strings that may be expressions. Any other field keeps its text. */
const EVALUATED_VALUES = ['Arguments', 'Assign', 'Output', 'Items', 'ItemSelector', 'Credentials', 'Condition', 'Error', 'Cause'];
const EVALUATED = [...EVALUATED_VALUES, 'Seconds', 'Timestamp', 'TimeoutSeconds', 'HeartbeatSeconds', ...TOLERATED];
const ON_ERROR = {
  Retry: ['ErrorEquals', 'IntervalSeconds', 'BackoffRate', 'MaxAttempts', 'MaxDelaySeconds', 'JitterStrategy', 'Comment'],
  Catch: ['ErrorEquals', 'Next', 'Assign', 'Output', 'Comment'],
};
const LEAST_OF_STATE = { TimeoutSeconds: 1, HeartbeatSeconds: 1, Seconds: 0, MaxConcurrency: 0, ToleratedFailureCount: 0 };
const LEAST_OF_RETRIER = { IntervalSeconds: 1, BackoffRate: 1, MaxAttempts: 0, MaxDelaySeconds: 1 };
const LEAST = { ...LEAST_OF_STATE, ...LEAST_OF_RETRIER };
const JSONPATH_FIELDS = ['InputPath', 'OutputPath', 'Parameters', 'Result', 'ResultPath', 'ResultSelector', 'ItemsPath'];

/** Lists the reasons why a definition cannot run here, in AWS's words if AWS refuses it too. */
export function definitionProblems(definition: string): string[] {
  let machine: unknown;
  try {
    machine = JSON.parse(definition);
  } catch (thrown) {
    return [`INVALID_JSON_DESCRIPTION: ${(thrown as Error).message}`];
  }
  if (!isObject(machine)) return ['INVALID_JSON_DESCRIPTION: a definition is an object'];
  const problems = new Problems(machine.QueryLanguage === 'JSONata');
  problems.states(machine, '', ['Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version']);
  return problems.found;
}

class Problems {
  readonly found: string[] = [];
  /**
   * Set by the whole machine: states inside a Map or Parallel inherit it from there, not from the state around them.
   */
  readonly #jsonata: boolean;
  readonly #names = new Set<string>();

  constructor(jsonata: boolean) {
    this.#jsonata = jsonata;
  }

  states(machine: Loose, at: string, allowed = ['StartAt', 'States', 'Comment']): void {
    const { StartAt, States, TimeoutSeconds = 1 } = machine;
    this.#fields(machine, allowed, at || '/');
    this.#must(Number.isInteger(TimeoutSeconds), "The field 'TimeoutSeconds' must be a whole number", '/TimeoutSeconds');
    if (!isObject(States) || Object.keys(States).length === 0) {
      this.#schema("The field 'States' must have at least one state", at || '/');
      return;
    }
    for (const [name, state] of Object.entries(States)) {
      if (this.#names.has(name)) this.#add('DUPLICATE_STATE_NAME', `Duplicate State name: ${name}`, `${at}/States/${name}`);
      this.#names.add(name);
      if (isObject(state)) this.#state(state, `${at}/States/${name}`);
      else this.#schema('A state must be an object', `${at}/States/${name}`);
    }
    this.#graph(StartAt, Object.entries(States).filter(([, state]) => isObject(state)) as [string, Loose][], at);
  }

  #fields(object: Loose, allowed: string[], at: string): void {
    for (const name of Object.keys(object)) this.#must(allowed.includes(name), `Field '${name}' is not supported`, at);
  }

  #graph(StartAt: unknown, states: [string, Loose][], at: string): void {
    const names = new Set(states.map(([name]) => name));
    const targets: [unknown, string][] = [[StartAt, `${at}/StartAt`]];
    for (const [name, state] of states) targets.push(...targetsOf(state, `${at}/States/${name}`));
    for (const [target, where] of targets)
      if (!names.has(String(target))) this.#add('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${target}`, where);
    const ends = states.some(([, { Type, End }]) => End === true || Type === 'Succeed' || Type === 'Fail');
    if (!ends && at === '') this.#add('MISSING_END_STATE', 'Workflow has no terminal state', null);
    const reached = new Set(targets.map(([target]) => String(target)));
    for (const [name] of ends || at !== '' ? states : [])
      if (!reached.has(name)) this.#add('MISSING_TRANSITION_TARGET', `State "${name}" is not reachable.`, `${at}/States/${name}`);
  }

  #state(state: Loose, at: string): void {
    const type = String(state.Type);
    const own = state.QueryLanguage;
    if (!STATE_TYPES.some((known) => known === type)) this.#schema(`'${type}' is not a state type`, `${at}/Type`);
    else if (this.#jsonata && own === 'JSONPath')
      this.#schema("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", at);
    else if (!this.#jsonata && own !== 'JSONata') this.#schema('the query language JSONPath is not supported locally, only JSONata', at);
    else this.#jsonataState(state, type, at);
  }

  #jsonataState(state: Loose, type: string, at: string): void {
    for (const name of JSONPATH_FIELDS.filter((field) => Object.hasOwn(state, field)))
      this.#schema(`The QueryLanguage is set to 'JSONata', but field '${name}' is only supported for the 'JSONPath' QueryLanguage`, at);
    this.#fields(state, [...(FIELDS[type] ?? []), ...JSONPATH_FIELDS], at);
    const ends = ['Choice', 'Succeed', 'Fail'].includes(type) || (state.Next === undefined) !== (state.End !== true);
    this.#must(ends, "Exactly one of 'Next' and 'End' must be given", at);
    for (const { Assign } of [state, ...list(state.Choices), ...list(state.Catch)])
      if (Assign !== undefined && !isObject(Assign)) this.#schema("The field 'Assign' must be an object", `${at}/Assign`);
      else if (Object.hasOwn(Assign ?? {}, 'states')) this.#schema("The variable name 'states' is reserved", `${at}/Assign`);
    this.#evaluated(state, at, FIELDS[type]?.includes('Catch') ? 'result' : undefined);
    for (const [i, rule] of list(state.Choices).entries()) this.#evaluated(rule, `${at}/Choices[${i}]`);
    for (const [i, rule] of list(state.Catch).entries()) this.#evaluated(rule, `${at}/Catch[${i}]`, 'errorOutput');
    this.#numbers(state, at);
    this.#onError(state, 'Retry', at);
    this.#onError(state, 'Catch', at);
    this.#ofType(state, type, at);
  }

  /** Numbers may be expressions, those of a retrier not. */
  #numbers(object: Loose, at: string): void {
    for (const [name, least] of Object.entries(LEAST)) {
      const value = object[name] ?? least;
      const isNumber = Number(value) >= least && (name === 'BackoffRate' ? typeof value === 'number' : Number.isInteger(value));
      const computed = expressionIn(value) !== undefined && !ON_ERROR.Retry.includes(name);
      const why = Number(value) < least ? `Minimum value is ${least}` : `The field '${name}' must be a whole number`;
      this.#must(isNumber || computed, why, `${at}/${name}`);
    }
  }

  #onError(state: Loose, field: 'Retry' | 'Catch', at: string): void {
    const rules = list(state[field]);
    this.#must(Array.isArray(state[field] ?? []), `The field '${field}' must be an array`, `${at}/${field}`);
    for (const [i, rule] of rules.entries()) {
      const where = `${at}/${field}[${i}]`;
      const { ErrorEquals: names, JitterStrategy = 'NONE' } = rule;
      const wildcard = Array.isArray(names) && names.includes('States.ALL');
      const alone = !wildcard || (names.length === 1 && i === rules.length - 1);
      this.#fields(rule, ON_ERROR[field], where);
      this.#numbers(rule, where);
      this.#must(Array.isArray(names) && names.length > 0, "The field 'ErrorEquals' must name at least one error", where);
      this.#must(alone, `'States.ALL' must be alone in 'ErrorEquals' and in the last of '${field}'`, where);
      this.#must(JitterStrategy === 'FULL' || JitterStrategy === 'NONE', "'JitterStrategy' must be FULL or NONE", where);
    }
  }

  /** `more` is what `$states` has besides input and context in an Assign and an Output. */
  #evaluated(object: Loose, at: string, more?: string): void {
    for (const name of EVALUATED)
      this.#expressions(object[name], `${at}/${name}`, ['input', 'context', name === 'Assign' || name === 'Output' ? more : undefined]);
  }

  #expressions(value: unknown, at: string, available: (string | undefined)[]): void {
    const text = expressionIn(value);
    if (text !== undefined) this.#expression(text, at, available);
    if (!value || typeof value !== 'object') return;
    for (const [name, inner] of Object.entries(value))
      this.#expressions(inner, Array.isArray(value) ? `${at}[${name}]` : `${at}/${name}`, available);
  }

  #expression(text: string, at: string, available: (string | undefined)[]): void {
    try {
      for (const name of new Set(topLevelReferences(jsonata(text).ast()))) {
        const field = name.startsWith('$states.') && name.slice('$states.'.length);
        const where = name === '$$' ? '' : ' at the top level';
        const message = field ? `Field '${name}' does not exist.` : `Reference to '${name}'${where} is not supported.`;
        if (!field || !available.includes(field)) this.#add('UNSUPPORTED_JSONATA_EXPRESSION', message, at);
      }
    } catch (thrown) {
      this.#add('INVALID_JSONATA_EXPRESSION', (thrown as { message: string }).message, at);
    }
  }

  #ofType(state: Loose, type: string, at: string): void {
    const { Resource, Seconds, Timestamp, HeartbeatSeconds, TimeoutSeconds, Choices, Branches, ItemProcessor = {} } = state;
    const known = resourceOf(String(Resource)) !== undefined;
    const until = (Seconds === undefined) !== (Timestamp === undefined);
    this.#must(type !== 'Task' || known, `The resource '${Resource}' is not supported locally`, `${at}/Resource`);
    this.#must(type !== 'Wait' || until, "Exactly one of 'Seconds' and 'Timestamp' must be given", at);
    this.#must(type !== 'Choice' || list(Choices).length > 0, "The field 'Choices' must have at least one rule", at);
    this.#must(type !== 'Parallel' || list(Branches).length > 0, "The field 'Branches' must have at least one branch", at);
    this.#must(!(Number(HeartbeatSeconds) >= Number(TimeoutSeconds)), "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'", at);
    for (const [i, rule] of list(Choices).entries()) {
      this.#fields(rule, ['Condition', 'Next', 'Assign', 'Output', 'Comment'], `${at}/Choices[${i}]`);
      this.#must(rule.Condition !== undefined, "A choice rule must have a 'Condition'", `${at}/Choices[${i}]`);
    }
    for (const [i, branch] of list(Branches).entries()) this.states(branch, `${at}/Branches[${i}]`);
    if (type === 'Map') this.#processor(isObject(ItemProcessor) ? ItemProcessor : {}, `${at}/ItemProcessor`);
  }

  #processor({ ProcessorConfig = {}, ...states }: Loose, at: string): void {
    const { Mode = 'INLINE' } = ProcessorConfig as Loose;
    this.#must(Mode === 'INLINE', `the Map mode ${Mode} is not supported locally, only INLINE`, `${at}/ProcessorConfig`);
    this.states(states, at);
  }

  #must(holds: boolean, message: string, at: string): void {
    if (!holds) this.#schema(message, at);
  }

  #schema(message: string, at: string): void {
    this.#add('SCHEMA_VALIDATION_FAILED', message, at);
  }

  #add(code: string, message: string, at: string | null): void {
    this.found.push(`${code}: ${message} at ${at}`);
  }
}

function targetsOf(state: Loose, at: string): [unknown, string][] {
  const rules = (field: 'Choices' | 'Catch') =>
    list(state[field]).map(({ Next }, i): [unknown, string] => [Next, `${at}/${field}[${i}]/Next`]);
  const own = (['Next', 'Default'] as const).map((field): [unknown, string] => [state[field], `${at}/${field}`]);
  return [...own.filter(([target]) => target !== undefined), ...rules('Choices'), ...rules('Catch')];
}

const isObject = (value: unknown): value is Loose => value !== null && typeof value === 'object' && !Array.isArray(value);

const list = (value: unknown): Loose[] => (Array.isArray(value) ? value.filter(isObject) : []);
