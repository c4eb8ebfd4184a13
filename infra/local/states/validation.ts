import jsonata from 'jsonata';
import { STATE_TYPES } from './definition.ts';
import { expressionIn } from './jsonata.ts';
import { resourceOf } from './resource.ts';

type Loose = Record<string, unknown>;

const COMMON = ['Type', 'Comment', 'QueryLanguage', 'Next', 'End', 'Output', 'Assign'];
const FIELDS: Record<string, string[]> = {
  Task: [...COMMON, 'Resource', 'Arguments', 'TimeoutSeconds', 'HeartbeatSeconds', 'Retry', 'Catch', 'Credentials'],
  Choice: ['Type', 'Comment', 'QueryLanguage', 'Choices', 'Default', 'Output', 'Assign'],
  Wait: [...COMMON, 'Seconds', 'Timestamp'],
  Pass: COMMON,
  Succeed: ['Type', 'Comment', 'QueryLanguage', 'Output'],
  Fail: ['Type', 'Comment', 'QueryLanguage', 'Error', 'Cause'],
  Parallel: [...COMMON, 'Branches', 'Arguments', 'Retry', 'Catch'],
  Map: [
    ...COMMON,
    'Items',
    'ItemProcessor',
    'ItemSelector',
    'MaxConcurrency',
    'ToleratedFailureCount',
    'ToleratedFailurePercentage',
    'Retry',
    'Catch',
  ],
};
const MACHINE_FIELDS = ['Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version'];
const RESERVED = 'states';

/** Names everything that keeps a definition from running here, JSONPath and what is not built included; empty when it can run. */
export function definitionProblems(definition: string): string[] {
  let machine: Loose;
  try {
    machine = JSON.parse(definition);
  } catch (thrown) {
    return [`INVALID_JSON_DESCRIPTION: ${(thrown as Error).message}`];
  }
  if (!isObject(machine)) return ['INVALID_JSON_DESCRIPTION: a definition is an object'];
  const problems = new Problems();
  problems.fields(machine, MACHINE_FIELDS, '/');
  problems.states(machine, '', machine.QueryLanguage === 'JSONata');
  return problems.found;
}

class Problems {
  readonly found: string[] = [];

  add(what: string, at: string): void {
    this.found.push(`SCHEMA_VALIDATION_FAILED: ${what} at ${at || '/'}`);
  }

  fields(object: Loose, allowed: string[], at: string): void {
    for (const name of Object.keys(object)) if (!allowed.includes(name)) this.add(`Field '${name}' is not supported`, at);
  }

  states(machine: Loose, at: string, jsonata: boolean): void {
    const { StartAt, States } = machine;
    if (!isObject(States) || Object.keys(States).length === 0) {
      this.add("The field 'States' must have at least one state", at);
      return;
    }
    if (typeof StartAt !== 'string' || !Object.hasOwn(States, StartAt))
      this.found.push(`MISSING_TRANSITION_TARGET: Missing 'Next' target: ${StartAt} at ${at}/StartAt`);
    for (const [name, state] of Object.entries(States)) {
      if (isObject(state)) this.state(state, Object.keys(States), `${at}/States/${name}`, jsonata);
      else this.add('A state must be an object', `${at}/States/${name}`);
    }
  }

  state(state: Loose, names: string[], at: string, inherited: boolean): void {
    const type = String(state.Type);
    if (!STATE_TYPES.some((known) => known === type)) {
      this.add(`'${type}' is not a state type`, `${at}/Type`);
      return;
    }
    const jsonata = state.QueryLanguage === undefined ? inherited : state.QueryLanguage === 'JSONata';
    if (!jsonata) this.add('QueryLanguage JSONPath is not supported locally, only JSONata', at);
    this.fields(state, FIELDS[type] ?? [], at);
    this.transitions(state, type, names, at);
    this.expressions(state, at);
    this.ofType(state, type, at, jsonata);
  }

  transitions(state: Loose, type: string, names: string[], at: string): void {
    const inner = [...list(state.Choices), ...list(state.Catch)].map(({ Next }) => Next);
    if (!['Choice', 'Succeed', 'Fail'].includes(type) && (state.Next === undefined) === (state.End !== true))
      this.add("Exactly one of 'Next' and 'End' must be given", at);
    for (const target of [state.Next, state.Default, ...inner])
      if (target !== undefined && !names.includes(String(target)))
        this.found.push(`MISSING_TRANSITION_TARGET: Missing 'Next' target: ${target} at ${at}/Next`);
  }

  expressions(value: unknown, at: string): void {
    const text = expressionIn(value);
    if (text !== undefined) this.expression(text, at);
    if (!value || typeof value !== 'object') return;
    for (const [name, inner] of Object.entries(value))
      if (!['Branches', 'ItemProcessor'].includes(name)) this.expressions(inner, `${at}/${name}`);
  }

  expression(text: string, at: string): void {
    try {
      jsonata(text);
    } catch (thrown) {
      const { code, message } = thrown as { code?: string; message?: string };
      this.add(`Invalid JSONata expression '${text}': ${code}: ${message}`, at);
    }
  }

  ofType(state: Loose, type: string, at: string, jsonata: boolean): void {
    for (const scope of [state, ...list(state.Choices), ...list(state.Catch)])
      if (isObject(scope.Assign) && Object.hasOwn(scope.Assign, RESERVED))
        this.add(`The variable name '${RESERVED}' is reserved`, `${at}/Assign`);
    if (type === 'Task') this.task(state, at);
    if (type === 'Choice') this.choice(state, at);
    if (type === 'Wait' && (state.Seconds === undefined) === (state.Timestamp === undefined))
      this.add("Exactly one of 'Seconds' and 'Timestamp' must be given", at);
    if (type === 'Map') this.map(state, at, jsonata);
    if (type === 'Parallel') this.parallel(state, at, jsonata);
  }

  task({ Resource, Credentials }: Loose, at: string): void {
    if (typeof Resource !== 'string' || !resourceOf(Resource))
      this.add(`The resource '${Resource}' is not supported locally`, `${at}/Resource`);
    if (Credentials !== undefined) this.add("Field 'Credentials' is not supported locally", at);
  }

  choice({ Choices }: Loose, at: string): void {
    if (list(Choices).length === 0) this.add("The field 'Choices' must have at least one rule", at);
    for (const [i, rule] of list(Choices).entries()) {
      this.fields(rule, ['Condition', 'Next', 'Assign', 'Output', 'Comment'], `${at}/Choices[${i}]`);
      if (rule.Condition === undefined || rule.Next === undefined) this.add("A rule needs 'Condition' and 'Next'", `${at}/Choices[${i}]`);
    }
  }

  map({ ItemProcessor }: Loose, at: string, jsonata: boolean): void {
    if (!isObject(ItemProcessor)) {
      this.add("The field 'ItemProcessor' is required", at);
      return;
    }
    const { Mode = 'INLINE' } = (ItemProcessor.ProcessorConfig ?? {}) as Loose;
    if (Mode !== 'INLINE') this.add(`The Map mode ${Mode} is not supported locally, only INLINE`, `${at}/ItemProcessor/ProcessorConfig`);
    this.states(ItemProcessor, `${at}/ItemProcessor`, jsonata);
  }

  parallel({ Branches }: Loose, at: string, jsonata: boolean): void {
    if (list(Branches).length === 0) this.add("The field 'Branches' must have at least one branch", at);
    for (const [i, branch] of list(Branches).entries()) this.states(branch, `${at}/Branches[${i}]`, jsonata);
  }
}

const isObject = (value: unknown): value is Loose => value !== null && typeof value === 'object' && !Array.isArray(value);

const list = (value: unknown): Loose[] => (Array.isArray(value) ? value.filter(isObject) : []);
