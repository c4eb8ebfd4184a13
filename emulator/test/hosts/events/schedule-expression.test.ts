import { describe, expect, it } from 'vitest';
import { nextFireMs } from '../../../hosts/events/schedule-expression.ts';

const next = (expression: string, after: string, timezone?: string, created = after) => {
  const ms = nextFireMs({ expression, timezone, createdMs: Date.parse(created) }, Date.parse(after));
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

describe('the next time of a schedule', () => {
  it.each([
    ['rate(5 minutes)', '2026-01-01T00:07:30Z', '2026-01-01T00:10:00.000Z'],
    ['rate(1 day)', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00.000Z'],
    ['cron(0 8 ? * MON *)', '2026-01-01T00:00:00Z', '2026-01-05T08:00:00.000Z'],
    ['cron(0/15 * * * ? *)', '2026-01-01T00:15:00Z', '2026-01-01T00:30:00.000Z'],
    ['cron(0 0 29 2 ? *)', '2026-03-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['cron(0 0 31 * ? *)', '2026-02-01T00:00:00Z', '2026-03-31T00:00:00.000Z'],
    ['cron(0 0 1,30 * ? *)', '2026-02-02T00:00:00Z', '2026-03-01T00:00:00.000Z'],
    ['cron(0 0 1 1 ? 2025)', '2026-01-01T00:00:00Z', undefined],
    ['at(2026-02-01T08:00:00)', '2026-01-01T00:00:00Z', '2026-02-01T08:00:00.000Z'],
    ['at(2025-02-01T08:00:00)', '2026-01-01T00:00:00Z', undefined],
  ])('finds the next time: %s after %s is %s', (expression, after, expected) => {
    expect(next(expression, after, undefined, '2026-01-01T00:00:00Z')).toBe(expected);
  });

  it('follows the wall clock of its time zone through summer and winter', () => {
    expect(next('cron(0 8 * * ? *)', '2026-03-28T12:00:00Z', 'Europe/Berlin')).toBe('2026-03-29T06:00:00.000Z');
    expect(next('cron(0 8 * * ? *)', '2026-10-24T12:00:00Z', 'Europe/Berlin')).toBe('2026-10-25T07:00:00.000Z');
    expect(next('at(2026-07-01T08:00:00)', '2026-01-01T00:00:00Z', 'America/New_York')).toBe('2026-07-01T12:00:00.000Z');
  });

  it('skips an hour that daylight saving skips and fires once in one that it repeats', () => {
    expect(next('cron(30 2 * * ? *)', '2026-03-28T12:00:00Z', 'Europe/Berlin')).toBe('2026-03-30T00:30:00.000Z');
    expect(next('cron(30 2 * * ? *)', '2026-10-24T12:00:00Z', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
    expect(next('cron(30 2 * * ? *)', '2026-10-25T00:30:00Z', 'Europe/Berlin')).toBe('2026-10-26T01:30:00.000Z');
  });

  it.each(['rate(0 minutes)', 'rate(5 weeks)', 'cron(0 8 * * MON *)', 'cron(* *)', 'every day', 'at(soon)'])('refuses %s', (expression) => {
    expect(() => next(expression, '2026-01-01T00:00:00Z')).toThrow();
  });
});
