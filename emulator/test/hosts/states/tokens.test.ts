import { describe, expect, it } from 'vitest';
import { ask, only, START, Stage } from './stage.ts';

const asking = (more: object = {}) => {
  const tokens: string[] = [];
  const stage = new Stage({ functions: { ask: ({ token }) => void tokens.push(token) } });
  return { stage, tokens, machine: only(ask('ask', { End: true, ...more })) };
};

describe('waiting for a task token', () => {
  it('goes on with what the token was answered', async () => {
    const { stage, tokens, machine } = asking();
    const arn = await stage.start(machine);
    await stage.pass(3600);

    await stage.api('SendTaskSuccess', { taskToken: tokens[0], output: '{"approved":true}' });

    const { output, stopDate } = await stage.end(arn);
    expect(output).toBe('{"approved":true}');
    expect(stopDate * 1000).toBe(START + 3_600_000);
    expect(await stage.eventTypes(arn)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('fails with what the token was failed with', async () => {
    const { stage, tokens, machine } = asking();
    const arn = await stage.start(machine);
    await stage.pass(1);

    await stage.api('SendTaskFailure', { taskToken: tokens[0], error: 'Rejected', cause: 'not today' });

    expect(await stage.end(arn)).toMatchObject({ status: 'FAILED', error: 'Rejected', cause: 'not today' });
  });

  it('takes a token once', async () => {
    const { stage, tokens, machine } = asking();
    const arn = await stage.start(machine);
    await stage.pass(1);
    await stage.api('SendTaskSuccess', { taskToken: tokens[0], output: '1' });

    const second = stage.api('SendTaskSuccess', { taskToken: tokens[0], output: '2' });

    await expect(second).rejects.toMatchObject({ name: 'TaskTimedOut' });
    expect((await stage.end(arn)).output).toBe('1');
  });

  it('gives each attempt a new token and forgets the old one', async () => {
    const { stage, tokens, machine } = asking({ TimeoutSeconds: 10, Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1 }] });
    const arn = await stage.start(machine);
    await stage.pass(15);

    await expect(stage.api('SendTaskSuccess', { taskToken: tokens[0], output: '1' })).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await stage.api('SendTaskSuccess', { taskToken: tokens[1], output: '2' });

    expect((await stage.end(arn)).output).toBe('2');
  });

  it('counts an answer that comes while the function still runs', async () => {
    const stage: Stage = new Stage({
      functions: { ask: ({ token }) => stage.api('SendTaskSuccess', { taskToken: token, output: '"early"' }) },
    });

    const { output } = await stage.run(only(ask('ask')));

    expect(output).toBe('"early"');
  });

  it('refuses an output that is not JSON and leaves the task waiting', async () => {
    const { stage, tokens, machine } = asking();
    const arn = await stage.start(machine);
    await stage.pass(1);

    await expect(stage.api('SendTaskSuccess', { taskToken: tokens[0], output: 'no json' })).rejects.toMatchObject({
      name: 'InvalidOutput',
    });

    expect((await stage.api('DescribeExecution', { executionArn: arn })).status).toBe('RUNNING');
  });
});

describe('heartbeats', () => {
  it('ends a task without a heartbeat', async () => {
    const { stage, machine } = asking({ HeartbeatSeconds: 10 });

    const { status, error, stopDate } = await stage.run(machine);

    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.Timeout' });
    expect(stopDate * 1000).toBe(START + 10_000);
  });

  it.each(['States.Timeout', 'States.HeartbeatTimeout'])('lets a catcher of %s see that it stayed away', async (name) => {
    const Catch = [{ ErrorEquals: [name], Next: 'Caught' }];
    const { stage, machine } = asking({ HeartbeatSeconds: 10, TimeoutSeconds: 60, Catch });
    const States = { ...machine.States, Caught: { Type: 'Succeed', Output: '{% $states.input.Error %}' } };

    expect((await stage.run({ ...machine, States })).output).toBe('"States.Timeout"');
  });

  it('keeps a task alive until the last heartbeat is over', async () => {
    const { stage, tokens, machine } = asking({ HeartbeatSeconds: 10 });
    const arn = await stage.start(machine);
    await stage.pass(8);
    await stage.api('SendTaskHeartbeat', { taskToken: tokens[0] });
    await stage.pass(8);
    await stage.api('SendTaskHeartbeat', { taskToken: tokens[0] });

    expect((await stage.end(arn)).stopDate * 1000).toBe(START + 26_000);
    await expect(stage.api('SendTaskHeartbeat', { taskToken: tokens[0] })).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });
});
