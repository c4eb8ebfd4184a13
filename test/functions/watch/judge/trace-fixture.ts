import type { Counts, Interval, Trace } from '#watch/judge/trace';

export const quiet: Counts = { n: 100, errors: 0 };

/** A watch with one poll every 10 seconds. Each entry is a candidate's counts; `baselines` has the old version's. */
export function traceOf(
  candidates: readonly (Counts | null)[],
  more: { baselines?: readonly (Counts | null)[]; history?: Trace['history'] } = {},
): Trace {
  const intervals = candidates.map(
    (candidate, index): Interval => ({
      t: 10 * (index + 1),
      candidate,
      baseline: more.baselines?.[index] ?? null,
    }),
  );
  return { id: 'trace', intervals, history: more.history ?? null };
}

/** The same value, repeated. */
export const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

/** An hour of history at 10 requests a second. */
export const historyAt = (rate: number, errorsPerTenSeconds = 100 * rate) => ({
  intervals: times(360, 0).map((_, index) => ({
    n: 100,
    errors: Math.floor((index + 1) * errorsPerTenSeconds) - Math.floor(index * errorsPerTenSeconds),
    slow: 5,
  })),
});

/** The same history with errors in bursts of `atOnce`. */
export const burstyAt = (rate: number, atOnce: number) => ({
  intervals: historyAt(rate / atOnce).intervals.map((counts) => ({ ...counts, errors: atOnce * counts.errors })),
});
