import { describe, expect, it } from 'vitest';
import { only, Stage } from './stage.ts';

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
