import { describe, expect, it } from 'vitest';
import { ask, FunctionError, invoke, only, START, Stage } from './stage.ts';

const flaky = (failures: number, name = 'Busy') => {
  let calls = 0;
  return () => {
    if (calls++ < failures) throw new FunctionError(name);
    return 'done';
  };
};
const invocations = (stage: Stage) =>
  stage.calls.filter(({ request }) => request.service === 'lambda').map(({ atMs }) => (atMs - START) / 1000);

describe('waiting', () => {
  it('passes thirty days of virtual time, a timer longer than any of Node', async () => {
    const stage = new Stage();

    const { status, stopDate } = await stage.run(only({ Type: 'Wait', Seconds: 30 * 86_400, End: true }));

    expect(status).toBe('SUCCEEDED');
    expect(stopDate * 1000).toBe(START + 30 * 86_400_000);
  });

  it('waits until a moment and not at all for one that is over', async () => {
    const stage = new Stage();
    const until = { Type: 'Wait', Timestamp: '{% $states.input.until %}', End: true };
    const machine = await stage.create(only(until));

    const later = await stage.run(machine, { until: '2026-01-01T10:00:00+01:00' });
    const over = await stage.run(machine, { until: '2020-01-01T00:00:00Z' });

    expect(later.stopDate * 1000).toBe(Date.parse('2026-01-01T09:00:00Z'));
    expect(over.stopDate).toBe(over.startDate);
  });

  it('ends an execution at the time limit of its machine', async () => {
    const stage = new Stage();

    const arn = await stage.start(only({ Type: 'Wait', Seconds: 100, End: true }, { TimeoutSeconds: 60 }));
    const { status, stopDate } = await stage.end(arn);

    expect(status).toBe('TIMED_OUT');
    expect(stopDate * 1000).toBe(START + 60_000);
    expect((await stage.eventTypes(arn)).at(-1)).toBe('ExecutionTimedOut');
  });
});

describe('retrying', () => {
  const retried = (retrier: object) => only(invoke('work', { Retry: [{ ErrorEquals: ['Busy'], ...retrier }], End: true }));

  it('backs off from the interval by the rate up to the longest delay', async () => {
    const stage = new Stage({ functions: { work: flaky(5) } });

    const { status } = await stage.run(retried({ IntervalSeconds: 2, BackoffRate: 2, MaxDelaySeconds: 10, MaxAttempts: 5 }));

    expect(status).toBe('SUCCEEDED');
    expect(invocations(stage)).toEqual([0, 2, 6, 14, 24, 34]);
  });

  it('gives up after three attempts unless the retrier says otherwise', async () => {
    const stage = new Stage({ functions: { work: flaky(9) } });

    const { status, error } = await stage.run(retried({}));

    expect({ status, error }).toEqual({ status: 'FAILED', error: 'Busy' });
    expect(invocations(stage)).toEqual([0, 1, 3, 7]);
  });

  it('spreads full jitter over the delay, the same for the same execution', async () => {
    const delays = async () => {
      const stage = new Stage({ functions: { work: flaky(4) } });
      const machine = await stage.create(retried({ IntervalSeconds: 100, BackoffRate: 1, MaxAttempts: 4, JitterStrategy: 'FULL' }));
      await stage.end(await stage.start(machine, {}, 'seeded'));
      return invocations(stage).map((at, i, all) => at - (all[i - 1] ?? 0));
    };

    const [first, second] = [await delays(), await delays()];

    expect(first).toEqual(second);
    expect(new Set(first).size).toBe(5);
    expect(Math.max(...first)).toBeLessThan(100);
  });

  it('counts attempts by retrier and gives the state their number', async () => {
    const seen: unknown[] = [];
    const errors = ['Busy', 'Torn', 'Busy'];
    const work = (retryCount: unknown) => {
      seen.push(retryCount);
      const name = errors.shift();
      if (name) throw new FunctionError(name);
      return null;
    };
    const Retry = [
      { ErrorEquals: ['Busy'], MaxAttempts: 2 },
      { ErrorEquals: ['Torn'], MaxAttempts: 1 },
    ];
    const Arguments = { FunctionName: 'work', Payload: '{% $states.context.State.RetryCount %}' };
    const stage = new Stage({ functions: { work } });

    const { status } = await stage.run(only(invoke('work', { Retry, Arguments, End: true })));

    expect(status).toBe('SUCCEEDED');
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it('lets States.TaskFailed match everything but a timeout', async () => {
    const stage = new Stage({ functions: { ask: () => null } });
    const Catch = [
      { ErrorEquals: ['States.TaskFailed'], Next: 'Failed' },
      { ErrorEquals: ['States.Timeout'], Next: 'TimedOut' },
    ];
    const States = {
      Ask: ask('ask', { TimeoutSeconds: 5, Catch, End: true }),
      Failed: { Type: 'Succeed', Output: 'failed' },
      TimedOut: { Type: 'Succeed', Output: 'timed out' },
    };

    const { output } = await stage.run({ StartAt: 'Ask', States });

    expect(output).toBe('"timed out"');
  });
});
