import jsonata from 'jsonata';
import type { Json } from './definition.ts';
import { EvaluationFailure } from './failure.ts';

const EXPRESSION = /^\{%([\s\S]*)%\}$/;

/** Returns the JSONata text of a string that is an expression from its first sign to its last. */
export const expressionIn = (value: unknown): string | undefined =>
  typeof value === 'string' ? EXPRESSION.exec(value)?.[1]?.trim() : undefined;

export interface Scope {
  readonly bindings: Record<string, unknown>;
  /** "An error occurred while executing the state 'X' (entered at the event id #2). " */
  readonly prefix: string;
}

export class Expressions {
  readonly #compiled = new Map<string, jsonata.Expression>();

  /** Evaluates every expression inside a value; `field` names it in failures. */
  async evaluate(value: Json, field: string, scope: Scope): Promise<Json> {
    const text = expressionIn(value);
    if (text !== undefined) return await this.#one(text, field, scope);
    if (Array.isArray(value)) return await Promise.all(value.map((element, i) => this.evaluate(element, `${field}[${i}]`, scope)));
    if (value === null || typeof value !== 'object') return value;
    const entries: [string, Json][] = [];
    for (const [name, inner] of Object.entries(value)) entries.push([name, await this.evaluate(inner, `${field}/${name}`, scope)]);
    return Object.fromEntries(entries);
  }

  async typed<T extends Json>(value: Json, field: string, scope: Scope, type: 'array' | 'boolean' | 'string' | 'integer'): Promise<T> {
    const result = await this.evaluate(value, field, scope);
    if (type === 'integer' ? Number.isInteger(result) : typeOf(result) === type) return result as T;
    const text = expressionIn(value);
    const what = text === undefined ? `The value specified` : `The JSONata expression '${text}' specified`;
    const was = typeOf(result) === 'number' && type === 'integer' ? 'float' : typeOf(result);
    const why = `${what} for the field '${field}' returned an unexpected result type. Expected '${type}', but was '${was}' for value: ${JSON.stringify(result)}`;
    throw new EvaluationFailure(scope.prefix + why, field);
  }

  async #one(text: string, field: string, scope: Scope): Promise<Json> {
    const about = `The JSONata expression '${text}' specified for the field '${field}'`;
    const result = await this.#compile(text)
      .evaluate(undefined, { ...scope.bindings, [STEPS]: { taken: 0 } })
      .catch((thrown: unknown) => {
        throw new EvaluationFailure(`${scope.prefix}${about} threw an error during evaluation${reasonOf(thrown)}`, field);
      });
    if (result === undefined) throw new EvaluationFailure(`${scope.prefix}${about} returned nothing (undefined).`, field);
    const plain = JSON.stringify(result, finiteOrName);
    if (plain === undefined || typeof result === 'function' || plain.startsWith('{"_jsonata_'))
      throw new EvaluationFailure(`${scope.prefix}${about} returned an unsupported result type.`, field);
    return JSON.parse(plain);
  }

  #compile(text: string): jsonata.Expression {
    const known = this.#compiled.get(text);
    if (known) return known;
    const compiled = jsonata(text);
    compiled.assign(BEFORE_NODE, countStep);
    this.#compiled.set(text, compiled);
    return compiled;
  }
}

/** AWS stops an evaluation after a second. A count of steps ends the same expression at the same place every time. */
const MOST_STEPS = 1_000_000;
/** The count's variable. The space keeps expressions from reading it. */
const STEPS = ' steps';
/** jsonata calls this before each node that it evaluates. Its types know names only as text. */
const BEFORE_NODE = Symbol.for('jsonata.__evaluate_entry') as unknown as string;

function countStep(_node: unknown, _input: unknown, frame: jsonata.Environment): void {
  if (++frame.lookup(STEPS).taken > MOST_STEPS) throw new Error('Expression evaluation timeout: Check for infinite loop');
}

/** JSON has no Infinity: AWS writes its name. */
const finiteOrName = (_: string, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value);

const typeOf = (value: Json) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

function reasonOf(thrown: unknown): string {
  const { code, message } = Object(thrown) as { code?: string; message?: string };
  return code ? `. ${code}: ${message}` : `: ${message ?? String(thrown)}`;
}
