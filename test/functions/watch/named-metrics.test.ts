import { seededRandom } from '@sluice/emulator';
import { describe, expect, it } from 'vitest';
import { type NamedMetric, readNamed } from '#watch/named-metrics';
import { drawNormal } from '../../bench/judge/draws.ts';

const startMs = Date.parse('2026-03-02T09:00:00Z');
const window = (values: readonly unknown[]) => ({ fromMs: startMs, toMs: startMs + values.length * 30_000, stepSeconds: 30 });
const series = (values: readonly (number | null | undefined)[]) => ({
  window: window(values),
  points: values.flatMap((value, step) => (value === undefined ? [] : [{ atMs: startMs + step * 30_000, value }])),
});
const steady = [100, 102, 99, 101, 100, 98, 103, 100, 101, 99, 100, 102];
const orders = (since: readonly (number | null | undefined)[], more: Partial<NamedMetric> = {}): NamedMetric => ({
  name: 'orders',
  direction: 'decrease',
  onFailed: 'roll-back',
  before: series(steady),
  since: series(since),
  ...more,
});

/** Values that correlate by a half with the values next to them. */
function wandering(random: () => number, length: number): number[] {
  let level = 0;
  return Array.from({ length }, () => {
    level = level / 2 + Math.sqrt(3 / 4) * drawNormal(random);
    return 100 * Math.exp(0.3 * level);
  });
}

describe('named metrics', () => {
  it('passes a named metric that goes on as before', () => {
    expect(readNamed(orders([101, 100, 99, 102, 100, 101, 98, 100, 103, 100]))).toMatchObject({
      metric: 'query:orders',
      verdict: 'Successful',
      value: 100,
    });
  });

  it('fails a named metric that moved in the bad direction since the deployment', () => {
    expect(readNamed(orders(steady.map((value) => value * 0.6)))).toMatchObject({ verdict: 'Failed' });
  });

  it('compares every period of a source, even if the periods do not begin with the window', () => {
    const shifted = (values: readonly number[]) => {
      const { window, points } = series(values);
      return { window: { ...window, fromMs: window.fromMs + 20_000, toMs: window.toMs + 20_000 }, points };
    };

    expect(readNamed(orders([], { before: shifted([100, 102, 99]), since: shifted([101, 100, 99]) })).margin).not.toBeNull();
  });

  it('excuses a named metric that was beyond its limit before, unless it got worse', () => {
    const beyond = (since: readonly number[]) => readNamed(orders(since, { limit: 150 }));

    expect(beyond(steady)).toMatchObject({ verdict: 'Successful', detail: expect.stringContaining('it was 100 before the deployment') });
    expect(beyond(steady.map((value) => value * 0.5)).verdict).toBe('Failed');
    expect(beyond([100, 101]).verdict).toBe('Inconclusive');
  });

  it('does not fail a metric that only wanders, over all polls of a verification', () => {
    const random = seededRandom(2);
    const failing = Array.from({ length: 20 }, () => wandering(random, 140)).filter((values) =>
      Array.from({ length: 61 }, (_, index) => index + 10).some((polls) => {
        const [before, since] = [values.slice(70 - polls, 70), values.slice(70, 70 + polls)];
        return readNamed(orders(since, { before: series(before), direction: 'increase' })).verdict === 'Failed';
      }),
    );

    expect(failing.length).toBeLessThan(2);
  });

  it('passes a named metric that moved in the good direction', () => {
    expect(readNamed(orders(steady.map((value) => value * 1.6)))).toMatchObject({ verdict: 'Successful' });
  });

  it.each([
    ['increase', 5, 'Successful'],
    ['increase', 5.1, 'Failed'],
    ['decrease', 5, 'Successful'],
    ['decrease', 4.9, 'Failed'],
  ] as const)('reads a limit of 5 with the bad direction %s: %d is %s', (direction, value, verdict) => {
    expect(readNamed(orders([value], { direction, limit: 5, before: series([]) }))).toMatchObject({ verdict, limit: 5 });
  });

  it('fails on the limit alone if there is nothing to compare', () => {
    expect(readNamed(orders(steady, { limit: 200, before: series([]) }))).toMatchObject({ verdict: 'Failed' });
  });

  it.each([
    ['sent no point', [undefined, undefined]],
    ['reports that there is no number', [null, null, null]],
    ['sent no point for longer than four polls', [100, ...Array(6).fill(undefined)]],
  ])('judges a named metric Inconclusive if its source %s', (_, values) => {
    expect(readNamed(orders(values, { limit: 200 }))).toMatchObject({ verdict: 'Inconclusive', value: null });
  });

  it('judges a named metric Inconclusive, with the reason, if its source is broken', () => {
    expect(readNamed(orders(steady, { problem: 'orders: it could not be reached' }))).toMatchObject({
      verdict: 'Inconclusive',
      detail: 'orders: it could not be reached',
    });
  });

  it('judges a named metric Inconclusive without a limit and without values to compare', () => {
    expect(readNamed(orders(steady, { before: series([undefined]) }))).toMatchObject({ verdict: 'Inconclusive' });
  });
});
