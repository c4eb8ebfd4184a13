import { describe, expect, it } from 'vitest';
import type { Release } from '#deployment/release';
import { compactIntervals } from '#watch/compact-intervals';
import { comparison } from '#watch/comparison';
import { production } from './release-under-watch.ts';

describe('the intervals of a long watch', () => {
  const counted = (index: number) => ({
    ...{ t: index * 10, candidate: { n: 10, errors: index < 200 ? 2 : 0, slow: 1 }, baseline: { n: 10, errors: 0, slow: 1 } },
  });
  const kept = (intervals: Release['intervals']) => {
    let held: Release['intervals'] = [];
    for (const interval of intervals) held = compactIntervals([...held, interval], production.limits);
    return held;
  };

  it('keeps every request of a long watch in at most 500 intervals', () => {
    const intervals = Array.from({ length: 1400 }, (_, index) => counted(index));
    const held = kept(intervals);

    expect(held.length).toBeLessThanOrEqual(500);
    expect(comparison({ intervals: held } as Release)).toEqual(comparison({ intervals } as Release));
    expect(held.map(({ t }) => t)).toEqual(held.map(({ t }) => t).sort((a, b) => a - b));
  });

  it('does not add up intervals that were counted differently', () => {
    const some = Array.from({ length: 600 }, (_, index) => ({
      ...counted(index),
      ...(index % 2 === 0 ? { candidate: null } : { baseline: index % 4 === 1 ? counted(index).baseline : undefined }),
    }));
    const told = (intervals: Release['intervals']) =>
      intervals.flatMap(({ candidate, baseline }) => (candidate ? [[candidate.n, baseline?.n]] : []));

    expect(told(kept(some))).toEqual(told(some));
  });

  it('makes no breach out of intervals with too few requests', () => {
    const few = Array.from({ length: 600 }, (_, index) => ({ t: index * 10, candidate: { n: 6, errors: 3 } }));

    expect(kept(few).every(({ candidate }) => candidate?.n === 6)).toBe(true);
  });
});
