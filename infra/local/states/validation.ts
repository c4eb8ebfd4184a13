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
const FIELDS: Record<string, string[]> = {
  Task: [...CAUGHT, 'Resource', 'Arguments', 'TimeoutSeconds', 'HeartbeatSeconds'],
  Choice: [...EVERY, 'Choices', 'Default', 'Output', 'Assign'],
  Wait: [...COMMON, 'Seconds', 'Timestamp'],
  Pass: COMMON,
  Succeed: [...EVERY, 'Output'],
  Fail: [...EVERY, 'Error', 'Cause'],
  Parallel: [...CAUGHT, 'Branches', 'Arguments'],
  Map: [...CAUGHT, 'Items', 'ItemProcessor', 'ItemSelector', ...TOLERATED],
};
const JSONPATH_FIELDS = ['InputPath', 'OutputPath', 'Parameters', 'Result', 'ResultPath', 'ResultSelector', 'ItemsPath'];

/** Names everything that keeps a definition from running here, in AWS's words where AWS refuses it too; empty when it can run. */
export function definitionProblems(definition: string): string[] {
  let machine: unknown;
  try {
    machine = JSON.parse(definition);
  } catch (thrown) {
    return [`INVALID_JSON_DESCRIPTION: ${(thrown as Error).message}`];
  }
  if (!isObject(machine)) return ['INVALID_JSON_DESCRIPTION: a definition is an object'];
  const problems = new Problems(machine.QueryLanguage === 'JSONata');
  problems.fields(machine, ['Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version'], '/');
  problems.states(machine, '');
  return problems.found;
}

class Problems {
  readonly found: string[] = [];
  /** Of the whole machine: states inside a Map or Parallel inherit it, not that of the state around them. */
  readonly #jsonata: boolean;

  constructor(jsonata: boolean) {
    this.#jsonata = jsonata;
  }

  fields(object: Loose, allowed: string[], at: string): void {
    for (const name of Object.keys(object)) if (!allowed.includes(name)) this.#schema(`Field '${name}' is not supported`, at);
  }

  states(machine: Loose, at: string): void {
    const { StartAt, States } = machine;
    if (!isObject(States) || Object.keys(States).length === 0) {
      this.#schema("The field 'States' must have at least one state", at || '/');
      return;
    }
    for (const [name, state] of Object.entries(States))
      if (isObject(state)) this.#state(state, `${at}/States/${name}`);
      else this.#schema('A state must be an object', `${at}/States/${name}`);
    this.#graph(StartAt, Object.entries(States).filter(([, state]) => isObject(state)) as [string, Loose][], at);
  }

  #graph(StartAt: unknown, states: [string, Loose][], at: string): void {
    const names = new Set(states.map(([name]) => name));
    const targets: [unknown, string][] = [[StartAt, `${at}/StartAt`]];
    for (const [name, state] of states) targets.push(...targetsOf(state, `${at}/States/${name}`));
    for (const [target, where] of targets)
      if (!names.has(String(target))) this.#add('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${target}`, where);
    const ends = states.some(([, { Type, End }]) => End === true || Type === 'Succeed' || Type === 'Fail');
    if (!ends) this.#add('MISSING_END_STATE', 'Workflow has no terminal state', null);
    const reached = new Set(targets.map(([target]) => String(target)));
    for (const [name] of ends ? states : [])
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
      this.#schema(
        `The QueryLanguage is set to 'JSONata', but field '${name}' is only supported for the 'JSONPath' QueryLanguage`,
        `${at}/${name}`,
      );
    this.fields(state, [...(FIELDS[type] ?? []), ...JSONPATH_FIELDS], at);
    if (!['Choice', 'Succeed', 'Fail'].includes(type) && (state.Next === undefined) === (state.End !== true))
      this.#schema("Exactly one of 'Next' and 'End' must be given", at);
    for (const { Assign } of [state, ...list(state.Choices), ...list(state.Catch)])
      if (isObject(Assign) && Object.hasOwn(Assign, 'states')) this.#schema("The variable name 'states' is reserved", `${at}/Assign`);
    this.#expressions(state, at);
    this.#ofType(state, type, at);
  }

  #expressions(value: unknown, at: string): void {
    const text = expressionIn(value);
    if (text !== undefined) this.#expression(text, at);
    if (!value || typeof value !== 'object') return;
    for (const [name, inner] of Object.entries(value))
      if (name !== 'Branches' && name !== 'ItemProcessor')
        this.#expressions(inner, Array.isArray(value) ? `${at}[${name}]` : `${at}/${name}`);
  }

  #expression(text: string, at: string): void {
    try {
      for (const name of new Set(topLevelReferences(jsonata(text).ast())))
        this.#add('UNSUPPORTED_JSONATA_EXPRESSION', `Reference to '${name}' at the top level is not supported.`, at);
    } catch (thrown) {
      this.#add('INVALID_JSONATA_EXPRESSION', (thrown as { message: string }).message, at);
    }
  }

  #ofType(state: Loose, type: string, at: string): void {
    const { Resource, Seconds, Timestamp, Choices, Branches, ItemProcessor } = state;
    if (type === 'Task' && !resourceOf(String(Resource)))
      this.#schema(`The resource '${Resource}' is not supported locally`, `${at}/Resource`);
    if (type === 'Wait' && (Seconds === undefined) === (Timestamp === undefined))
      this.#schema("Exactly one of 'Seconds' and 'Timestamp' must be given", at);
    if (type === 'Choice' && list(Choices).length === 0) this.#schema("The field 'Choices' must have at least one rule", at);
    for (const [i, rule] of list(Choices).entries())
      this.fields(rule, ['Condition', 'Next', 'Assign', 'Output', 'Comment'], `${at}/Choices[${i}]`);
    if (type === 'Parallel' && list(Branches).length === 0) this.#schema("The field 'Branches' must have at least one branch", at);
    for (const [i, branch] of list(Branches).entries()) this.states(branch, `${at}/Branches[${i}]`);
    if (type === 'Map') this.#processor(isObject(ItemProcessor) ? ItemProcessor : {}, `${at}/ItemProcessor`);
  }

  #processor(processor: Loose, at: string): void {
    const { Mode = 'INLINE' } = (processor.ProcessorConfig ?? {}) as Loose;
    if (Mode !== 'INLINE') this.#schema(`the Map mode ${Mode} is not supported locally, only INLINE`, `${at}/ProcessorConfig`);
    this.fields(processor, ['ProcessorConfig', 'StartAt', 'States', 'Comment'], at);
    this.states(processor, at);
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
