import type { MachineName } from '../../statemachine/definitions.ts';
import { machineNames, rawDefinition } from '../../statemachine/definitions.ts';
import type { Arrow } from './layout.ts';

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: { readonly StateMachineArn?: string };
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
}
interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

const read = (name: MachineName): Machine => JSON.parse(rawDefinition(name));

/** Lists each machine with the machines that it starts. */
export function starts(): Arrow[] {
  const pairs = machineNames.flatMap((from) =>
    Object.values(read(from).States).flatMap(({ Arguments }) => {
      const child = /^\$\{(\w+)Arn\}$/.exec(Arguments?.StateMachineArn ?? '')?.[1];
      return child ? [{ from, to: child.toLowerCase() }] : [];
    }),
  );
  return [...new Map(pairs.map((pair) => [`${pair.from} ${pair.to}`, pair])).values()];
}

/** Draws one machine as a Mermaid flowchart: its states in the order of the file, catches as dotted arrows. */
export function flowchart(name: MachineName): string {
  const { StartAt, States } = read(name);
  const ids = new Map(Object.keys(States).map((state, index) => [state, `s${index}`]));
  const id = (state: string) => ids.get(state) as string;
  const states = Object.entries(States);
  return [
    'flowchart TD',
    `  start(( )) --> ${id(StartAt)}`,
    ...states.map(([state, { Type, Resource = '' }]) => `  ${id(state)}${shapeOf(Type, Resource).replace('…', `"${state}"`)}`),
    ...states.flatMap(([state, value]) => arrowsOf(value).map(([arrow, next]) => `  ${id(state)} ${arrow} ${id(next)}`)),
  ].join('\n');
}

/** Returns the shape that statemachine/README.md explains. */
function shapeOf(type: string, resource: string): string {
  if (type === 'Choice') return '{…}';
  if (type === 'Succeed') return '(((…)))';
  if (type === 'Wait' || resource.endsWith('.waitForTaskToken')) return '([…])';
  return resource.includes(':startExecution') ? '[[…]]' : '[…]';
}

function arrowsOf({ Next, Default, Choices = [], Catch = [] }: State): [arrow: string, next: string][] {
  return [
    ...Choices.map(({ Condition, Next: next }): [string, string] => [`-- "${literalsOf(Condition)}" -->`, next]),
    ...(Default ? [['-- "else" -->', Default] as [string, string]] : []),
    ...(Next ? [['-->', Next] as [string, string]] : []),
    ...[...new Set(Catch.map(({ Next: next }) => next))].map((next): [string, string] => ['-. "error" .->', next]),
  ];
}

/** Labels an arrow with the literals of its condition. They are clear enough in a picture. */
function literalsOf(condition: string): string {
  const literals = [...condition.matchAll(/'([^']*)'/g)].map((match) => match[1]);
  return literals.join(condition.includes(' and ') ? ' and ' : ' or ') || 'yes';
}
