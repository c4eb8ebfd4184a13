import { expect, test } from 'vitest';
import { firstFailure } from '#watch/judge/judge';
import { sequentialPolicy } from '#watch/judge/judge-policy';
import type { Counts } from '#watch/judge/trace';

const red = (n: number, errors: number): Counts => ({ n, errors });

/** Ten minutes during which a candidate fails 15 % of its requests. */
function watch(old: (index: number) => Counts): { t: number; candidate: Counts; baseline: Counts }[] {
  return Array.from({ length: 60 }, (_, index) => ({ t: 10 * (index + 1), candidate: red(20, 3), baseline: old(index) }));
}

test('keeps a candidate that fails as often as a baseline with few requests', () => {
  const intervals = watch((index) => (index % 3 === 0 ? red(6, 1) : red(0, 0)));

  expect(firstFailure({ id: 'red', intervals }, sequentialPolicy)).toBeUndefined();
});

test('rolls a bad candidate back although the baseline gets no more requests', () => {
  const intervals = watch((index) => (index < 30 ? red(20, 0) : red(0, 0))).map((interval, index) => ({
    ...interval,
    candidate: red(20, index < 30 ? 0 : 10),
  }));

  expect(firstFailure({ id: 'cut over', intervals }, sequentialPolicy)?.index).toBeLessThan(38);
});
