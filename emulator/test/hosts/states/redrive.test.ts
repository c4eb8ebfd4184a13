import { describe, expect, it } from 'vitest';
import { FunctionError, invoke, only, Stage } from './stage.ts';

describe('redriving an execution', () => {
  it('runs the failed state again with its input, its retries and a running clock', async () => {
    let healthy = false;
    const seen: unknown[] = [];
    const work = (payload: unknown) => {
      seen.push(payload);
      if (!healthy) throw new FunctionError('Busy');
      return 'done';
    };
    const stage = new Stage({ functions: { work } });
    const States = {
      First: { Type: 'Pass', Output: { n: 1 }, Next: 'Work' },
      Work: invoke('work', { Retry: [{ ErrorEquals: ['Busy'], MaxAttempts: 1 }], End: true }),
    };
    const arn = await stage.start({ StartAt: 'First', States });
    expect((await stage.end(arn)).redriveStatus).toBe('REDRIVABLE');
    healthy = true;

    await stage.api('RedriveExecution', { executionArn: arn });

    expect(await stage.end(arn)).toMatchObject({ status: 'SUCCEEDED', output: '"done"', redriveCount: 1 });
    expect(seen).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
    expect((await stage.eventTypes(arn)).filter((type) => /Redriven|PassStateEntered|Execution(Failed|Succeeded)/.test(type))).toEqual([
      'PassStateEntered',
      'ExecutionFailed',
      'ExecutionRedriven',
      'ExecutionSucceeded',
    ]);
  });

  it('runs again only what had not succeeded of a Parallel', async () => {
    const counts = { good: 0, bad: 0 };
    const good = () => ++counts.good;
    const bad = () => {
      if (++counts.bad === 1) throw new FunctionError('Busy');
      return counts.bad;
    };
    const late = { StartAt: 'Later', States: { Later: { Type: 'Wait', Seconds: 60, Next: 'Bad' }, Bad: invoke('bad') } };
    const stage = new Stage({ functions: { good, bad } });
    const arn = await stage.start(
      only({ Type: 'Parallel', Branches: [{ StartAt: 'Good', States: { Good: invoke('good') } }, late], End: true }),
    );
    expect((await stage.end(arn)).status).toBe('FAILED');

    await stage.api('RedriveExecution', { executionArn: arn });

    expect(await stage.end(arn)).toMatchObject({ status: 'SUCCEEDED', output: '[1,2]' });
    expect(counts).toEqual({ good: 1, bad: 2 });
  });

  it('runs again only the failed iterations of a Map', async () => {
    const runs: number[] = [];
    const work = (n: number) => {
      runs.push(n);
      if (n === 2 && runs.filter((run) => run === 2).length === 1) throw new FunctionError('Busy');
      return n;
    };
    const stage = new Stage({ functions: { work } });
    const machine = only({
      Type: 'Map',
      Items: [1, 2, 3],
      MaxConcurrency: 1,
      ItemProcessor: { StartAt: 'W', States: { W: invoke('work') } },
      End: true,
    });
    const arn = await stage.start(machine);
    expect((await stage.end(arn)).status).toBe('FAILED');

    await stage.api('RedriveExecution', { executionArn: arn });

    expect(await stage.end(arn)).toMatchObject({ status: 'SUCCEEDED', output: '[1,2,3]' });
    expect(runs).toEqual([1, 2, 2, 3]);
  });

  it('goes on with an aborted execution', async () => {
    const stage = new Stage();
    const arn = await stage.start(only({ Type: 'Wait', Seconds: 60, End: true }));
    await stage.pass(10);
    await stage.api('StopExecution', { executionArn: arn, error: 'Operator', cause: 'wrong button' });
    expect(await stage.end(arn)).toMatchObject({ status: 'ABORTED', error: 'Operator', cause: 'wrong button' });

    await stage.api('RedriveExecution', { executionArn: arn });

    expect(await stage.end(arn)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('refuses what has succeeded, runs, or ended more than fourteen days ago', async () => {
    const stage = new Stage();
    const succeeded = await stage.start(await stage.create(only({ Type: 'Succeed' }), 'succeeds'));
    const failed = await stage.start(await stage.create(only({ Type: 'Fail' }), 'fails'));
    await stage.end(succeeded);
    await stage.end(failed);
    await stage.pass(15 * 86_400);

    await expect(stage.api('RedriveExecution', { executionArn: succeeded })).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
    await expect(stage.api('RedriveExecution', { executionArn: failed })).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
  });
});
