import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { results } from '#contract';
import { type MachineName, machineNames, rawDefinition } from '../../statemachine/definitions.ts';

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: Readonly<Record<string, string>>;
  readonly Assign?: Readonly<Record<string, unknown>>;
  readonly Catch?: readonly { readonly Assign?: Readonly<Record<string, unknown>> }[];
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string }[];
  readonly Default?: string;
  readonly Output?: string;
}

const statesOf = (machine: MachineName) => Object.entries(JSON.parse(rawDefinition(machine)).States as Record<string, State>);
const variableIn = (expression = '') => expression.match(/^\{% \$(\w+) %\}$/)?.[1];

/** The values of a variable's field: from the contract of the task that returns it, or from the literal of a Catch. */
function membersOf(machine: MachineName, variable: string, field: string): string[] {
  const members = statesOf(machine).flatMap(([name, { Assign = {}, Catch = [], Resource = '', Arguments = {} }]) => {
    const caught = Catch.flatMap(({ Assign: written = {} }) => literalIn(written[variable], field));
    const answer = Assign[variable];
    if (answer === '{% $states.result.Output %}') return [...caught, ...membersOfChild(Arguments.StateMachineArn, field)];
    const answered = Resource.includes('lambda:invoke') && /^\{% \$states\.result(?:\.Payload)? %\}$/.test(String(answer));
    return answered ? [...caught, ...membersOfResult(name, field)] : caught;
  });
  return [...new Set(members)].sort();
}

function membersOfResult(state: string, field: string): string[] {
  const schema = results[state as keyof typeof results]?.shape[field as never] as unknown;
  if (!(schema instanceof z.ZodEnum)) throw new Error(`the contract's ${state} has no enum ${field}`);
  return schema.options.map(String);
}

/** A child machine returns the Output of its Succeed states. */
function membersOfChild(arn = '', field: string): string[] {
  const machine = arn.match(/^\$\{(\w+)Arn\}$/)?.[1]?.toLowerCase() as MachineName;
  const put = statesOf(machine).flatMap(([, { Type, Output }]) => (Type === 'Succeed' ? [variableIn(Output) as string] : []));
  return [...new Set(put)].flatMap((variable) => membersOf(machine, variable, field));
}

function literalIn(written: unknown, field: string): string[] {
  const value = (written as Record<string, unknown> | undefined)?.[field];
  return typeof value === 'string' && !value.startsWith('{%') ? [value] : [];
}

/** The comparisons of a condition: `$variable.field = 'literal'`, or `in` a list of literals, joined by `and`. */
function comparisonsIn(condition: string) {
  return condition
    .replace(/^\{% | %\}$/g, '')
    .split(' and ')
    .map((comparison) => {
      const [, variable, field, compared] = comparison.match(/^\$(\w+)\.(\w+) (?:=|in) (.+)$/) ?? [];
      if (!variable || !field || !compared) throw new Error(`this test cannot read ${comparison}`);
      return { variable, field, literals: [...compared.matchAll(/'([^']*)'/g)].map(([, literal]) => literal as string) };
    });
}

const choices = machineNames.flatMap((machine) =>
  statesOf(machine).flatMap(([name, { Type, Choices = [], Default }]) =>
    // Recovery's marker is part of the input and has no literal.
    Type === 'Choice' && name !== 'Orphaned?'
      ? [{ machine, place: `${machine}/${name}`, Default, compared: Choices.flatMap(({ Condition }) => comparisonsIn(Condition)) }]
      : [],
  ),
);

describe('the Choices of the machines', () => {
  it('compare only literals that the contract allows', () => {
    const compared = choices.flatMap(({ compared: list, ...choice }) => list.map((comparison) => ({ ...choice, ...comparison })));

    expect(compared.length).toBeGreaterThan(30);
    for (const { machine, place, variable, field, literals } of compared) {
      expect(literals, place).not.toEqual([]);
      expect(membersOf(machine, variable, field), `${place}: $${variable}.${field}`).toEqual(expect.arrayContaining(literals));
    }
  });

  it('send exactly the values of this list to their Default', () => {
    const left = choices.map(({ machine, place, Default, compared }) => {
      const fields = [...new Set(compared.map(({ variable, field }) => `${variable}.${field}`))];
      const handled = new Set(compared.flatMap(({ literals }) => literals));
      const members = fields.flatMap((path) => membersOf(machine, ...(path.split('.') as [string, string])));
      return [place, `${members.filter((member) => !handled.has(member)).join(' ')} → ${Default}`];
    });

    expect(Object.fromEntries(left)).toEqual({
      'deployment/Eligible?': 'approve autonomous notify → MakeFix',
      'deployment/Validated?': 'Stop → RecordOutcome',
      'deployment/StagingReleased?': 'NotStarted RollbackFailed RolledBack Stopped approve escalate notify → RecordOutcome',
      'deployment/Authorised?': 'CANCELLED EXPIRED PENDING REJECTED REVOKED SUPERSEDED → RecordOutcome',
      'deployment/Outcome?': 'Escalated → Escalated',
      'release/Locked?': 'Stop → FinishRelease',
      'release/Ready?': 'Stop → FinishRelease',
      'release/Staged?': 'Wait → WaitForCandidate',
      'release/Applied?': 'Proceed → WaitForInterval',
      'release/NextMove?': 'RollBack → RollBackRelease',
      'release/Valid?': 'RollBack → RollBackRelease',
      'release/Released?': 'NotStarted RollbackFailed RolledBack → NotStarted',
      'release/RollbackOutcome?': 'RollbackFailed → RollbackFailed',
      'approval/Decision?': 'CANCELLED REVOKED SUPERSEDED → Cancelled',
      'rollback/Restored?': 'Proceed → WaitToSettle',
      'rollback/Verified?': 'Finish → FinishRollback',
      'rollback/Outcome?': 'RollbackFailed → RollbackFailed',
    });
  });
});
