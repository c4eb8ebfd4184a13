import { definitionProblems } from '@sluice/emulator';
import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { type FunctionName, rows } from '../../infra/permissions.ts';
import { definition, machineNames, placeholdersOf, rawDefinition } from '../../statemachine/definitions.ts';

interface State {
  readonly Resource?: string;
  readonly Comment?: string;
  readonly TimeoutSeconds?: number | string;
  readonly Seconds?: number | string;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[] }[];
}

type Named = State & { readonly name: string; readonly place: string };

const statesIn = (text: string, machine: string): Named[] =>
  Object.entries(JSON.parse(text).States as Record<string, State>).map(([name, state]) => ({
    ...state,
    name,
    place: `${machine}/${name}`,
  }));
const rawStates = machineNames.flatMap((name) => statesIn(rawDefinition(name), name));
const states = machineNames.flatMap((name) => statesIn(definition(name), name));
const isShared = ({ Retry }: State) => JSON.stringify(Retry) === JSON.stringify([{ ErrorEquals: ['$' + '{SharedRetry}'] }]);
const numbersIn = (text = '') => (text.replaceAll(',', '').match(/\d+/g) ?? []).map(Number);

describe('the files of the machines', () => {
  it.each(machineNames)('%s is valid Amazon States Language, in its file and as it is deployed', (name) => {
    for (const text of [rawDefinition(name), definition(name)]) {
      const { isValid, errors } = validate(JSON.parse(text), { checkArn: false });

      expect(errors.map(({ Message }) => Message)).toEqual([]);
      expect(isValid).toBe(true);
    }
  });

  it.each(machineNames)('%s can run in the emulator as it is deployed', (name) => {
    const placed = definition(name).replaceAll(/\$\{(\w+)\}/g, 'arn:aws:states:us-east-1:000000000000:stateMachine:$1');

    expect(definitionProblems(placed)).toEqual([]);
  });

  it.each(machineNames)('%s has fewer than 200 lines and no expression of 100 characters', (name) => {
    const text = rawDefinition(name);
    const expressions = [...text.matchAll(/\{%(.*?)%\}/g)].map((match) => (match[1] as string).trim());

    expect(text.split('\n').length).toBeLessThan(200);
    expect(expressions.filter((expression) => expression.length >= 100)).toEqual([]);
  });

  it('contain the retry of Lambda tasks once', () => {
    const invocations = rawStates.filter(({ Resource }) => Resource?.includes('lambda:invoke'));

    expect(invocations.filter((state) => !isShared(state)).map(({ place }) => place)).toEqual([]);
    expect(rawStates.filter(isShared)).toHaveLength(invocations.length);
    expect(machineNames.flatMap(placeholdersOf)).not.toContain('SharedRetry');
  });

  it('give a reason for each retry that differs from the shared one', () => {
    const own = rawStates.filter((state) => state.Retry && !isShared(state));

    expect(own.length).toBeGreaterThan(5);
    for (const { place, Comment } of own) expect(Comment, place).toContain('Its Retry differs: ');
  });

  it('explain each number in a Comment that names it', () => {
    const numbers = states.flatMap(({ place, Comment, TimeoutSeconds, Seconds }) =>
      [TimeoutSeconds, Seconds].flatMap((given) => numbersIn(String(given ?? '')).map((number) => ({ place, Comment, number }))),
    );

    expect(numbers.length).toBeGreaterThan(20);
    for (const { place, Comment, number } of numbers) expect(numbersIn(Comment), place).toContain(number);
  });

  it('wait for each Lambda longer than its own time-out, which the Comment names', () => {
    const timed = states.filter(
      ({ Resource, TimeoutSeconds }) => Resource?.endsWith('lambda:invoke') && typeof TimeoutSeconds === 'number',
    );

    expect(timed.length).toBeGreaterThan(10);
    for (const { place, name, Comment, TimeoutSeconds } of timed) {
      const { timeoutSeconds } = rows[name as FunctionName];
      expect(TimeoutSeconds, place).toBeGreaterThan(timeoutSeconds);
      expect(numbersIn(Comment), place).toContain(timeoutSeconds);
    }
  });
});
