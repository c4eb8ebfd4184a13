import { describe, expect, it } from 'vitest';
import { definitionProblems } from '../../../hosts/states/validation.ts';
import { ask, invoke, only, Stage } from './stage.ts';

const waiting = only({ Type: 'Wait', Seconds: 60, End: true });

describe('executions', () => {
  it('takes a second start for the same execution while it runs, if name and input are the same', async () => {
    const stage = new Stage();
    const machine = await stage.create(waiting);

    const first = await stage.start(machine, { a: 1 }, 'same');

    expect(await stage.start(machine, { a: 1 }, 'same')).toBe(first);
    await expect(stage.start(machine, { a: 2 }, 'same')).rejects.toMatchObject({
      name: 'ExecutionAlreadyExists',
      message: `Execution Already Exists: '${first}'`,
    });
    await stage.end(first);
    await expect(stage.start(machine, { a: 1 }, 'same')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it('lists executions newest first, by status and page by page', async () => {
    const stage = new Stage();
    const machine = await stage.create(waiting);
    for (const name of ['a', 'b', 'c']) {
      await stage.start(machine, {}, name);
      await stage.pass(25);
    }
    await stage.pass(5);

    const names = async (more: object) => {
      const { executions, nextToken } = await stage.api('ListExecutions', { stateMachineArn: machine, ...more });
      return { names: executions.map(({ name }: { name: string }) => name), nextToken };
    };

    expect((await names({ statusFilter: 'RUNNING' })).names).toEqual(['c', 'b']);
    const page = await names({ maxResults: 2 });
    expect(page.names).toEqual(['c', 'b']);
    expect((await names({ maxResults: 2, nextToken: page.nextToken })).names).toEqual(['a']);
  });

  it('reads a history page by page from either end', async () => {
    const stage = new Stage();
    const executionArn = await stage.start(waiting);
    await stage.end(executionArn);

    const ids = async (more: object) => {
      const { events, nextToken } = await stage.api('GetExecutionHistory', { executionArn, maxResults: 3, ...more });
      return { ids: events.map(({ id }: { id: number }) => id), nextToken };
    };
    const first = await ids({});
    const last = await ids({ reverseOrder: true });

    expect(first.ids).toEqual([1, 2, 3]);
    expect(await ids({ nextToken: first.nextToken })).toEqual({ ids: [4], nextToken: undefined });
    expect(last.ids).toEqual([4, 3, 2]);
    expect(await ids({ reverseOrder: true, nextToken: last.nextToken })).toEqual({ ids: [1], nextToken: undefined });
  });

  it('leaves inputs, outputs and variables out of a history on request', async () => {
    const stage = new Stage();
    const executionArn = await stage.start(only({ Type: 'Pass', Assign: { secret: 1 }, End: true }), { secret: 2 });
    await stage.end(executionArn);

    const { events } = await stage.api('GetExecutionHistory', { executionArn, includeExecutionData: false });

    expect(JSON.stringify(events)).not.toContain('secret');
    expect(events[2]).toMatchObject({ type: 'PassStateExited', stateExitedEventDetails: { name: 'Only' } });
    expect((await stage.history(executionArn))[2].stateExitedEventDetails).toMatchObject({ output: '{"secret":2}' });
  });

  it('sends the event bus each change of an execution’s status', async () => {
    const stage = new Stage();
    const arn = await stage.start(only({ Type: 'Succeed', Output: 1 }), { a: 1 });
    await stage.end(arn);

    expect(stage.published.map(({ source, detail }) => ({ source, ...detail }))).toMatchObject([
      { source: 'aws.states', executionArn: arn, status: 'RUNNING', input: '{"a":1}', output: null, stopDate: null },
      { source: 'aws.states', executionArn: arn, status: 'SUCCEEDED', output: '1' },
    ]);
  });

  it('runs an execution with the definition that started it', async () => {
    const stage = new Stage();
    const machine = await stage.create(only({ Type: 'Wait', Seconds: 60, Output: 'old', End: true }));
    const old = await stage.start(machine);

    await stage.api('UpdateStateMachine', {
      stateMachineArn: machine,
      definition: JSON.stringify({ QueryLanguage: 'JSONata', ...only({ Type: 'Pass', Output: 'new', End: true }) }),
    });

    expect((await stage.end(await stage.start(machine))).output).toBe('"new"');
    expect((await stage.end(old)).output).toBe('"old"');
    expect((await stage.api('DescribeStateMachineForExecution', { executionArn: old })).definition).toContain('old');
  });
});

describe('unknown names', () => {
  const missing = 'arn:aws:states:us-east-1:000000000000:stateMachine:none';

  it.each([
    ['DescribeStateMachine', { stateMachineArn: missing }, 'StateMachineDoesNotExist', `State Machine Does Not Exist: '${missing}'`],
    ['DescribeExecution', { executionArn: missing }, 'ExecutionDoesNotExist', `Execution Does Not Exist: '${missing}'`],
    ['StartExecution', { stateMachineArn: missing }, 'StateMachineDoesNotExist', `State Machine Does Not Exist: '${missing}'`],
    ['SendTaskSuccess', { taskToken: 'x', output: '1' }, 'InvalidToken', "Invalid Token: 'Invalid token'"],
    ['TestState', {}, 'UnknownOperationException', 'Step Functions TestState is not supported locally'],
  ])('makes %s fail by name', async (operation, request, name, message) => {
    await expect(new Stage().api(operation, request)).rejects.toMatchObject({ name, message });
  });
});

describe('definitions', () => {
  const problems = (states: object, more: object = { QueryLanguage: 'JSONata' }) =>
    definitionProblems(JSON.stringify({ StartAt: 'Only', States: states, ...more })).join('\n');

  it.each([
    ['JSONPath', { Only: { Type: 'Succeed' } }, {}, 'JSONPath is not supported'],
    [
      'a JSONPath field',
      { Only: { Type: 'Pass', ResultPath: '$', End: true } },
      undefined,
      "field 'ResultPath' is only supported for the 'JSONPath' QueryLanguage at /States/Only",
    ],
    [
      'an unknown service',
      { Only: { Type: 'Task', Resource: 'arn:aws:states:::sns:publish', End: true } },
      undefined,
      "'arn:aws:states:::sns:publish' is not supported",
    ],
    [
      'an activity',
      { Only: { Type: 'Task', Resource: 'arn:aws:states:us-east-1:000000000000:activity:a', End: true } },
      undefined,
      'activity:a',
    ],
    [
      'a distributed Map',
      { Only: { Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...only({ Type: 'Succeed' }) }, End: true } },
      undefined,
      'Map mode DISTRIBUTED',
    ],
    ['a transition to nowhere', { Only: { Type: 'Pass', Next: 'Nowhere' } }, undefined, "Missing 'Next' target: Nowhere"],
    ['a state that neither ends nor goes on', { Only: { Type: 'Pass' } }, undefined, "Exactly one of 'Next' and 'End'"],
    [
      'JSONata that is newer than AWS reads',
      { Only: { Type: 'Pass', Output: '{% a ?? b %}', End: true } },
      undefined,
      'INVALID_JSONATA_EXPRESSION: The symbol "?" cannot be used as a unary operator at /States/Only/Output',
    ],
    [
      'a name that nothing gives a value',
      { Only: { Type: 'Pass', Output: { v: '{% $states.input.a[b = 1].{ "c": d } & phone %}' }, End: true } },
      undefined,
      "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at /States/Only/Output/v",
    ],
    [
      'no end',
      { Only: { Type: 'Pass', Next: 'Other' }, Other: { Type: 'Pass', Next: 'Only' } },
      undefined,
      'MISSING_END_STATE: Workflow has no terminal state at null',
    ],
    [
      'a state that nothing leads to',
      { Only: { Type: 'Succeed' }, Lost: { Type: 'Succeed' } },
      undefined,
      'MISSING_TRANSITION_TARGET: State "Lost" is not reachable. at /States/Lost',
    ],
    ['JSONPath in one state', { Only: { Type: 'Succeed', QueryLanguage: 'JSONPath' } }, undefined, "'QueryLanguage' can not be 'JSONPath'"],
    [
      'a field of another type of state',
      { Only: { Type: 'Pass', Retry: [], End: true } },
      undefined,
      "Field 'Retry' is not supported at /States/Only",
    ],
    [
      'a retrier that names no error',
      { Only: invoke('work', { Retry: [{ ErrorEqals: ['Late'] }], End: true }) },
      undefined,
      "Field 'ErrorEqals' is not supported at /States/Only/Retry[0]",
    ],
    [
      'States.ALL beside another error',
      { Only: invoke('work', { Retry: [{ ErrorEquals: ['States.ALL', 'Late'] }], End: true }) },
      undefined,
      "'States.ALL' must be alone in 'ErrorEquals' and in the last of 'Retry' at /States/Only/Retry[0]",
    ],
    [
      'States.ALL before another catcher',
      { Only: invoke('work', { Catch: ['States.ALL', 'Late'].map((name) => ({ ErrorEquals: [name], Next: 'Only' })), End: true }) },
      undefined,
      "'States.ALL' must be alone in 'ErrorEquals' and in the last of 'Catch' at /States/Only/Catch[0]",
    ],
    [
      'a retrier without patience',
      { Only: invoke('work', { Retry: [{ ErrorEquals: ['Late'], IntervalSeconds: 0 }], End: true }) },
      undefined,
      'Minimum value is 1 at /States/Only/Retry[0]/IntervalSeconds',
    ],
    [
      'a text where a number belongs',
      { Only: { Type: 'Wait', Seconds: 'ten', End: true } },
      undefined,
      "'Seconds' must be a whole number at /States/Only/Seconds",
    ],
    [
      'a heartbeat that cannot stay away',
      { Only: ask('work', { HeartbeatSeconds: 60, TimeoutSeconds: 60, End: true }) },
      undefined,
      "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'",
    ],
    ['a rule that asks nothing', { Only: { Type: 'Choice', Choices: [{ Next: 'Only' }] } }, undefined, "must have a 'Condition'"],
    [
      'an unknown field in a branch',
      { Only: { Type: 'Parallel', Branches: [only({ Type: 'Succeed' }, { TimeoutSeconds: 5 }, 'Inner')], End: true } },
      undefined,
      "Field 'TimeoutSeconds' is not supported at /States/Only/Branches[0]",
    ],
    [
      'an SDK action that nobody answers here',
      { Only: { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:sfn:deleteActivity', End: true } },
      undefined,
      'aws-sdk:sfn:deleteActivity',
    ],
    [
      'one name for two states',
      { Only: { Type: 'Parallel', Branches: [only({ Type: 'Succeed' })], End: true } },
      undefined,
      'DUPLICATE_STATE_NAME: Duplicate State name: Only at /States/Only/Branches[0]/States/Only',
    ],
    ['retriers that are no list', { Only: invoke('work', { Retry: {}, End: true }) }, undefined, "'Retry' must be an array"],
    ['variables that are no object', { Only: { Type: 'Pass', Assign: null, End: true } }, undefined, "'Assign' must be an object"],
    [
      'a time limit that is no number',
      { Only: { Type: 'Succeed' } },
      { TimeoutSeconds: 'soon' },
      "'TimeoutSeconds' must be a whole number",
    ],
    [
      'an error where there is none',
      { Only: { Type: 'Pass', Output: '{% $states.errorOutput %}', End: true } },
      undefined,
      "UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.errorOutput' does not exist. at /States/Only/Output",
    ],
    [
      'a result before there is one',
      { Only: invoke('work', { Arguments: '{% $states.result %}', End: true }) },
      undefined,
      "Field '$states.result' does not exist. at /States/Only/Arguments",
    ],
    [
      'input by the name that JSONata has for it',
      { Only: { Type: 'Pass', Output: '{% $$ %}', End: true } },
      undefined,
      "Reference to '$$' is not supported. at /States/Only/Output",
    ],
    ['a reserved variable', { Only: { Type: 'Pass', Assign: { states: 1 }, End: true } }, undefined, "'states' is reserved"],
  ])('refuses definitions by name: %s', (_what, states, more, message) => {
    expect(problems(states, more)).toContain(message);
  });

  it('refuses the creation of a definition with a problem', async () => {
    const request = { name: 'm', roleArn: 'arn:aws:iam::000000000000:role/r', definition: '{"StartAt":"A","States":{}}' };

    await expect(new Stage().api('CreateStateMachine', request)).rejects.toMatchObject({ name: 'InvalidDefinition' });
  });

  it('validates a definition without creating it', async () => {
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', ...only({ Type: 'Pass', Next: 'Nowhere' }) });

    const { result, diagnostics } = await new Stage().api('ValidateStateMachineDefinition', { definition });

    expect(result).toBe('FAIL');
    expect(diagnostics[0]).toEqual({
      severity: 'ERROR',
      code: 'MISSING_TRANSITION_TARGET',
      message: "Missing 'Next' target: Nowhere",
      location: '/States/Only/Next',
    });
  });

  it('finds no problem in a good definition', () => {
    expect(problems({ Only: invoke('work', { Next: 'Ask' }), Ask: ask('ask') })).toBe('');
  });
});
