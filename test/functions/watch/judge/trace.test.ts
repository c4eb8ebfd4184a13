import { describe, expect, it } from 'vitest';
import { firstFailure, judgeTrace } from '#watch/judge/judge';
import { literalPolicy, sequentialPolicy } from '#watch/judge/judge-policy';
import { outcomeFor } from '#watch/judge/symptom';
import { historyAt, quiet, times, traceOf } from './trace-fixture.ts';

const metric = (trace: Parameters<typeof judgeTrace>[0], name: string, policy = sequentialPolicy) =>
  judgeTrace(trace, policy).metrics.find((each) => each.name === name);

describe('the judge of a trace', () => {
  it('rolls back at one poll over the limit if policy is literal, and reports the evidence beside it', () => {
    const trace = traceOf([quiet, { n: 100, errors: 3 }, quiet]);

    const ruling = judgeTrace(trace, literalPolicy);

    expect(ruling.verdict).toBe('Failed');
    expect(ruling.literal).toEqual({ verdict: 'Failed', reasons: ['error-rate: 3 % against 2 %'] });
    expect(ruling.sequential.verdict).toBe('Inconclusive');
    expect(judgeTrace(trace, sequentialPolicy).verdict).toBe('Inconclusive');
  });

  it('fails a gross breach in one poll, even below the minimum number of requests', () => {
    expect(judgeTrace(traceOf([{ n: 9, errors: 6 }]), sequentialPolicy).verdict).toBe('Failed');
    expect(judgeTrace(traceOf([{ n: 9, errors: 6 }]), literalPolicy)).toMatchObject({
      verdict: 'Failed',
      literal: { verdict: 'Inconclusive' },
    });
  });

  it('finds a regression against the history that stays under the limit', () => {
    const trace = traceOf(times(60, { n: 1000, errors: 15 }), { history: historyAt(0.005) });

    expect(firstFailure(trace, sequentialPolicy)?.index).toBeLessThan(6);
    expect(judgeTrace(trace, literalPolicy).literal.verdict).toBe('Successful');
  });

  it('does not blame the release for a fluctuation that the old version beside it shares', () => {
    const blip = [...times(30, quiet), ...times(6, { n: 100, errors: 8 }), ...times(30, quiet)];
    const history = historyAt(0.001);

    expect(judgeTrace(traceOf(blip, { baselines: blip, history }), literalPolicy).verdict).toBe('Successful');
    expect(judgeTrace(traceOf(blip, { baselines: times(66, quiet), history }), sequentialPolicy).verdict).toBe('Failed');
  });

  it('rolls back without a history if the old version beside it is healthy', () => {
    const trace = traceOf(times(30, { n: 100, errors: 2 }), { baselines: times(30, { n: 900, errors: 3 }) });

    expect(judgeTrace(trace, sequentialPolicy)).toMatchObject({
      verdict: 'Failed',
      reasons: [expect.stringContaining('old version beside it')],
    });
  });

  it.each([literalPolicy, sequentialPolicy])('lets a red service stay as red as it was before ($judgeBy)', (policy) => {
    const red = historyAt(0.05);

    expect(judgeTrace(traceOf(times(60, { n: 100, errors: 5 }), { history: red }), policy).verdict).not.toBe('Failed');
    expect(judgeTrace(traceOf(times(60, { n: 100, errors: 15 }), { history: red }), policy).verdict).toBe('Failed');
  });

  it.each([literalPolicy, sequentialPolicy])('does not blame the release for a service that was down before ($judgeBy)', (policy) => {
    const dead = historyAt(1);

    expect(judgeTrace(traceOf(times(180, { n: 100, errors: 100 }), { history: dead }), policy).verdict).toBe('Successful');
    expect(judgeTrace(traceOf(times(180, { n: 100, errors: 100 }), { history: historyAt(0.2) }), policy).verdict).toBe('Failed');
  });

  const watched = (errors: number, more: { n?: number; slow?: number } = {}) => times(60, { n: 100, errors, ...more });

  it.each([
    ['from 50 to 80 % errors', traceOf(watched(80), { history: historyAt(0.5) })],
    ['from 72 to 100 %', traceOf(watched(100), { history: historyAt(0.72) })],
    ['from 5 to 8 %', traceOf(watched(8), { history: historyAt(0.05) })],
    ['from 20 to 30 % beside the old version', traceOf(watched(30), { baselines: watched(20), history: historyAt(0.2) })],
    ['from 80 to 100 % beside the old version', traceOf(watched(100), { baselines: watched(80), history: historyAt(0.8) })],
    ['from 5 to 8 % slow requests', traceOf(watched(0, { slow: 8 }), { history: historyAt(0) })],
  ])('rolls back a release that makes a red service much worse: %s', (_, trace) => {
    expect(judgeTrace(trace, sequentialPolicy).verdict).toBe('Failed');
  });

  it('passes a release only if it is no worse than the red or nearly red service was', () => {
    const verdict = (errors: number, before: number) =>
      judgeTrace(traceOf(watched(errors, { n: 1000 }), { history: historyAt(before) }), sequentialPolicy).verdict;

    expect([verdict(65, 0.05), verdict(23, 0.019)]).not.toContain('Successful');
    expect([verdict(50, 0.05), verdict(19, 0.019), verdict(20, 0.02)]).toEqual(times(3, 'Successful'));
  });

  it.each([literalPolicy, sequentialPolicy])('finds no excuse in a handful of requests ($judgeBy)', (policy) => {
    const handful = { n: 10, errors: 1 };

    expect(judgeTrace(traceOf(watched(20), { history: handful }), policy).verdict).toBe('Failed');
    expect(judgeTrace(traceOf(watched(50), { baselines: times(60, handful) }), policy).verdict).toBe('Failed');
    expect(judgeTrace(traceOf([{ n: 100, errors: 50 }], { baselines: [handful] }), literalPolicy).verdict).toBe('Failed');
  });

  it('finds slow requests by their share above the old p95, 5 % by definition', () => {
    const slow = times(6, { n: 100, errors: 0, slow: 30 });

    expect(metric(traceOf(slow), 'slow-requests')).toMatchObject({ verdict: 'Failed', samples: 600, margin: -20 });
    expect(metric(traceOf(times(60, { n: 100, errors: 0, slow: 5 })), 'slow-requests')).toMatchObject({ verdict: 'Successful', margin: 5 });
  });

  it('reports every metric with margin and sample count, not only the first breach', () => {
    const bad = times(10, { n: 100, errors: 20, slow: 40, cpu: 95, memory: 90 });

    const { metrics } = judgeTrace(traceOf(bad), sequentialPolicy);

    expect(metrics.map(({ name, verdict, margin, samples }) => [name, verdict, margin, samples])).toEqual([
      ['error-rate', 'Failed', -18, 1000],
      ['slow-requests', 'Failed', -30, 1000],
      ['cpu', 'Failed', -15, 10],
      ['memory', 'Failed', -5, 10],
    ]);
  });
});

describe('too little data', () => {
  it.each([
    ['nothing measured', []],
    ['no data', [null, null]],
    ['no traffic', times(10, { n: 0, errors: 0 })],
    ['too few requests', times(3, { n: 2, errors: 0 })],
    ['data that stopped', [...times(60, quiet), ...times(20, null)]],
  ])('judges a trace Inconclusive on %s', (_, candidates) => {
    for (const policy of [literalPolicy, sequentialPolicy]) expect(judgeTrace(traceOf(candidates), policy).verdict).toBe('Inconclusive');
  });

  it('judges a trace Successful only after enough requests', () => {
    expect(judgeTrace(traceOf(times(60, quiet)), sequentialPolicy).verdict).toBe('Successful');
    expect(judgeTrace(traceOf(times(5, { n: 20, errors: 0 })), sequentialPolicy).verdict).toBe('Inconclusive');
  });
});

describe('resources', () => {
  it('holds the next step for a resource, and rolls back only if policy says so', () => {
    const hot = traceOf(times(60, { ...quiet, cpu: 95 }));

    expect(judgeTrace(hot, sequentialPolicy)).toMatchObject({ verdict: 'Inconclusive', reasons: [expect.stringContaining('held by cpu')] });
    const limits = { ...sequentialPolicy.limits, resourcesRollBack: true };
    expect(judgeTrace(hot, { ...sequentialPolicy, limits }).verdict).toBe('Failed');
  });

  it('finds a leak long before the limit, and none in a level that wobbles', () => {
    const wobble = (index: number) => 55 + Math.sin(index * 2.7);
    const leak = times(60, 0).map((_, index) => ({ ...quiet, memory: wobble(index) + index / 4 }));
    const level = times(60, 0).map((_, index) => ({ ...quiet, memory: wobble(index) }));

    expect(metric(traceOf(leak.slice(0, 42)), 'memory')).toMatchObject({ verdict: 'Failed', onFailed: 'hold' });
    expect(metric(traceOf(level), 'memory')).toMatchObject({ verdict: 'Successful' });
  });

  it('does not hold for a resource that was over its limit before the deployment', () => {
    expect(metric(traceOf(times(60, { ...quiet, cpu: 90 }), { history: { n: 1000, errors: 0, cpu: 91 } }), 'cpu')).toMatchObject({
      verdict: 'Successful',
    });
  });
});

describe('resources beside what is known', () => {
  const rising = times(60, 0).map((_, index) => ({ ...quiet, memory: 86 + index / 5 }));

  it('holds for a resource that was over its limit before and is about to reach 100 %', () => {
    const history = { n: 1000, errors: 0, memory: 86 };

    expect(metric(traceOf(rising, { history }), 'memory')).toMatchObject({
      verdict: 'Failed',
      reasons: [expect.stringContaining('100 %')],
    });
    expect(metric(traceOf(times(60, { ...quiet, memory: 86 }), { history }), 'memory')).toMatchObject({ verdict: 'Successful' });
  });

  it('reads resources without any requests', () => {
    const idle = rising.map((counts) => ({ ...counts, n: 0 }));

    expect(metric(traceOf(idle), 'memory')).toMatchObject({ verdict: 'Failed', samples: 60 });
  });
});

describe('the symptom that raised the issue', () => {
  const outcome = (errors: number, history = historyAt(0.05), raisedBy: 'errors' | undefined = 'errors') => {
    const trace = traceOf(times(60, { n: 100, errors }), { history });
    return outcomeFor(trace, judgeTrace(trace, sequentialPolicy), raisedBy, sequentialPolicy);
  };

  it.each([
    ['fixed', 'it is gone', 0, historyAt(0.05)],
    ['not fixed', 'it is as it was', 5, historyAt(0.05)],
    ['not fixed', 'it is better and still over the limit', 3, historyAt(0.05)],
    ['not fixed', 'it is worse and the release was rolled back', 20, historyAt(0.05)],
    ['harmless', 'it was never visible', 0, historyAt(0.001)],
  ] as const)('calls the symptom %s if %s', (expected, _, errors, history) => {
    expect(outcome(errors, history)).toBe(expected);
  });

  it('calls the symptom fixed even if the old version was beside it only for a moment', () => {
    const canary = [...times(2, { n: 15, errors: 0 }), ...times(58, quiet)];
    const trace = traceOf(canary, { baselines: times(2, { n: 285, errors: 14 }), history: historyAt(0.05) });

    expect(outcomeFor(trace, judgeTrace(trace, sequentialPolicy), 'errors', sequentialPolicy)).toBe('fixed');
  });

  it('calls the symptom harmless if no metric raised the issue', () => {
    const trace = traceOf(times(60, quiet), { history: historyAt(0.05) });

    expect(outcomeFor(trace, judgeTrace(trace, sequentialPolicy), undefined, sequentialPolicy)).toBe('harmless');
  });
});
