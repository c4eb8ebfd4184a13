import type { Event } from './event.ts';

/** How a rule's target wants its input made from the event. */
export interface InputShape {
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: { readonly InputPathsMap?: Record<string, string>; readonly InputTemplate: string };
}

type Variables = Record<string, unknown>;

/** Makes the text that a target receives: the whole event, a constant, a part of it, or a filled-in template. */
export function inputFor(shape: InputShape, event: Event, ruleArn: string): string {
  if (shape.Input !== undefined) return shape.Input;
  if (shape.InputPath !== undefined) return JSON.stringify(at(event, shape.InputPath));
  if (!shape.InputTransformer) return JSON.stringify(event);
  const { InputPathsMap = {}, InputTemplate } = shape.InputTransformer;
  const own = Object.entries(InputPathsMap).map(([name, path]) => [name, at(event, path)] as const);
  return filled(InputTemplate, { ...Object.fromEntries(own), ...reserved(event, ruleArn) });
}

const reserved = (event: Event, ruleArn: string): Variables => ({
  'aws.events.rule-arn': ruleArn,
  'aws.events.rule-name': ruleArn.split('/').at(-1),
  'aws.events.event': event,
  'aws.events.event.json': event,
  'aws.events.event.ingestion-time': event.time,
});

/** Reads `$.a.b[0]`; any other JSONPath is refused. */
function at(event: unknown, path: string): unknown {
  if (!/^\$(\.[\w-]+|\[\d+\])*$/.test(path)) throw new Error(`The JSON path ${path} is not supported locally`);
  const steps = [...path.matchAll(/\.([\w-]+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
  return steps.reduce<unknown>((value, step) => (value as Variables | undefined | null)?.[step], event);
}

/**
 * Replaces `<name>`: by bare escaped text inside a JSON string, elsewhere by a JSON value. A path without a value is
 * empty text or null.
 */
function filled(template: string, variables: Variables): string {
  let quoted = false;
  return template.replace(/\\.|"|<([\w.-]+)>/gs, (found, name?: string) => {
    if (found === '"') quoted = !quoted;
    if (name === undefined || !Object.hasOwn(variables, name)) return found;
    const value = variables[name];
    return quoted ? JSON.stringify(textOf(value)).slice(1, -1) : (JSON.stringify(value) ?? 'null');
  });
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
