import { describe, expect, it } from 'vitest';
import { ask, FunctionError, invoke, only, START, Stage } from './stage.ts';

const one = (state: object, name = 'Inner') => ({ StartAt: name, States: { [name]: state } });
const passing = (Output: unknown) => one({ Type: 'Pass', Output, End: true }, `Passing ${Output}`);
const failing = one({ Type: 'Fail', Error: 'Broken', Cause: 'by design' });

describe('a task that cannot be called', () => {
  it('fails a task that cannot be called, so that the engine can start again', async () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }];
    const call = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: '{% null %}', Catch, End: true };

    const { output } = await new Stage().run({
      StartAt: 'Only',
      States: { Only: call, Caught: { Type: 'Pass', Output: 'told', End: true } },
    });

    expect(output).toBe('"told"');
  });
});

describe('Parallel', () => {
  it('returns the outputs of its branches in their order, even if the first is the slowest', async () => {
    const slow = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 60, Output: 'slow', End: true } } };
    const stage = new Stage();

    const { output, stopDate } = await stage.run(only({ Type: 'Parallel', Branches: [slow, passing('fast')], End: true }));

    expect(JSON.parse(output)).toEqual(['slow', 'fast']);
    expect(stopDate * 1000).toBe(START + 60_000);
  });

  it('fails with the error of a branch and stops the others', async () => {
    const stage = new Stage({ functions: { ask: () => null } });
    const waiting = one(ask('ask'));
    const lateFailure = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 5, Next: 'F' }, F: { Type: 'Fail', Error: 'Broken' } } };

    const arn = await stage.start(only({ Type: 'Parallel', Branches: [waiting, lateFailure], End: true }));

    expect(await stage.end(arn)).toMatchObject({ status: 'FAILED', error: 'Broken' });
    expect((await stage.eventTypes(arn)).slice(-4)).toEqual([
      'FailStateEntered',
      'TaskStateAborted',
      'ParallelStateFailed',
      'ExecutionFailed',
    ]);
  });

  it('catches the error of a branch, and a stopped branch cannot answer any more', async () => {
    const tokens: string[] = [];
    const stage = new Stage({ functions: { ask: ({ token }) => void tokens.push(token) } });
    const lateFailure = {
      StartAt: 'W',
      States: { W: { Type: 'Wait', Seconds: 5, Next: 'F' }, F: { Type: 'Fail', Error: 'Broken', Cause: 'by design' } },
    };
    const Catch = [{ ErrorEquals: ['Broken'], Next: 'Caught', Output: '{% $states.errorOutput %}' }];
    const States = {
      Both: { Type: 'Parallel', Branches: [one(ask('ask')), lateFailure], Catch, End: true },
      Caught: { Type: 'Wait', Seconds: 60, End: true },
    };

    const arn = await stage.start({ StartAt: 'Both', States });
    await stage.pass(10);

    await expect(stage.api('SendTaskSuccess', { taskToken: tokens[0], output: '1' })).rejects.toMatchObject({ name: 'TaskTimedOut' });
    expect(JSON.parse((await stage.end(arn)).output)).toEqual({ Error: 'Broken', Cause: 'by design' });
  });

  it('runs all branches again when it is retried', async () => {
    let left = 1;
    const work = () => {
      if (left-- > 0) throw new FunctionError('Busy');
      return 'done';
    };
    const stage = new Stage({ functions: { work } });
    const Retry = [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }];

    const { output } = await stage.run(only({ Type: 'Parallel', Branches: [one(invoke('work')), passing('other')], Retry, End: true }));

    expect(JSON.parse(output)).toEqual(['done', 'other']);
  });

  it('keeps what a branch assigns inside the branch', async () => {
    const branch = one({ Type: 'Pass', Assign: { inner: 1 }, Output: '{% $outer %}', End: true });
    const States = {
      Before: { Type: 'Pass', Assign: { outer: 'seen' }, Next: 'Both' },
      Both: { Type: 'Parallel', Branches: [branch], Next: 'After' },
      After: { Type: 'Pass', Output: { result: '{% $states.input %}', leaked: '{% $exists($inner) %}' }, End: true },
    };

    const { output } = await new Stage().run({ StartAt: 'Before', States });

    expect(JSON.parse(output)).toEqual({ result: ['seen'], leaked: false });
  });
});

describe('Map', () => {
  const mapping = (processor: object, more: object = {}) =>
    only({ Type: 'Map', Items: '{% $states.input.items %}', ItemProcessor: processor, End: true, ...more });

  it('gives each iteration what the selector makes of its item', async () => {
    const ItemSelector = { n: '{% $states.context.Map.Item.Value %}', i: '{% $states.context.Map.Item.Index %}' };
    const processor = passing('{% $string($states.input.i) & $string($states.input.n) %}');

    const { output } = await new Stage().run(mapping(processor, { ItemSelector }), { items: [7, 8] });

    expect(JSON.parse(output)).toEqual(['07', '18']);
  });

  it('returns an empty list for no items', async () => {
    const { output } = await new Stage().run(mapping(passing(1)), { items: [] });

    expect(output).toBe('[]');
  });

  it('runs as many iterations at once as it may', async () => {
    const stage = new Stage();
    const processor = one({ Type: 'Wait', Seconds: 10, End: true });

    const { stopDate } = await stage.run(mapping(processor, { MaxConcurrency: 2 }), { items: [1, 2, 3, 4, 5] });

    expect(stopDate * 1000).toBe(START + 30_000);
  });

  it('stops the other iterations when one fails', async () => {
    const stage = new Stage();
    const processor = {
      StartAt: 'C',
      States: {
        C: { Type: 'Choice', Choices: [{ Condition: '{% $states.input = 2 %}', Next: 'F' }], Default: 'W' },
        F: { Type: 'Fail', Error: 'Broken' },
        W: { Type: 'Wait', Seconds: 9, End: true },
      },
    };

    const arn = await stage.start(mapping(processor), { items: [1, 2, 3] });

    expect(await stage.end(arn)).toMatchObject({ status: 'FAILED', error: 'Broken' });
    expect((await stage.eventTypes(arn)).filter((type) => type.startsWith('MapIteration')).sort()).toEqual([
      'MapIterationAborted',
      'MapIterationAborted',
      'MapIterationFailed',
      'MapIterationStarted',
      'MapIterationStarted',
      'MapIterationStarted',
    ]);
  });

  it('tolerates as many failures as its definition allows and no more', async () => {
    const processor = {
      StartAt: 'C',
      States: {
        C: { Type: 'Choice', Choices: [{ Condition: '{% $states.input < 0 %}', Next: 'F' }], Default: 'P' },
        F: { Type: 'Fail', Error: 'Negative' },
        P: { Type: 'Pass', End: true },
      },
    };
    const stage = new Stage();
    const machine = await stage.create(mapping(processor, { ToleratedFailurePercentage: 50 }));

    const tolerated = await stage.run(machine, { items: [1, -1, 2, -2] });
    const tooMany = await stage.run(machine, { items: [1, -1, -2, -3] });

    expect(JSON.parse(tolerated.output)).toEqual([1, 2]);
    expect(tooMany).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
  });

  it('fails when either of two thresholds is passed', async () => {
    const stage = new Stage();
    const processor = one({ Type: 'Fail', Error: 'Broken' });

    const { status } = await stage.run(mapping(processor, { ToleratedFailureCount: 1, ToleratedFailurePercentage: 100 }), {
      items: [1, 2, 3],
    });

    expect(status).toBe('FAILED');
  });

  it('fails by the name of the iteration that failed', async () => {
    expect(await new Stage().run(mapping(failing), { items: [1] })).toMatchObject({
      status: 'FAILED',
      error: 'Broken',
      cause: 'by design',
    });
  });
});
