import * as z from 'zod';

const measured = z.number().nullable().optional();
const isCount = (value: number | null | undefined) => value === null || value === undefined || (Number.isInteger(value) && value >= 0);

/** Counts of one version in one interval. `slow`: slower than the old version's p95; cpu and memory are percent. */
export interface Counts {
  n: number;
  errors: number;
  slow?: number | null | undefined;
  cpu?: number | null | undefined;
  memory?: number | null | undefined;
}

/**
 * Counts as a source delivers them.
 * Impossible counts (more errors than requests, half a request, no number) are missing data and no verdict.
 */
export const countsSchema = z
  .object({ n: z.number().nullable(), errors: z.number().nullable(), slow: measured, cpu: measured, memory: measured })
  .nullable()
  .transform((counts): Counts | null => (counts !== null && isPlausible(counts) ? (counts as Counts) : null));

function isPlausible({ n, errors, slow }: { n: number | null; errors: number | null; slow?: number | null | undefined }): boolean {
  return n !== null && errors !== null && [n, errors, slow].every(isCount) && errors <= n && (slow ?? 0) <= n;
}

/** One interval of the watch. `t` is its end in seconds since the watch began; null means that no data arrived. */
export const intervalSchema = z.object({
  t: z.number(),
  candidate: countsSchema.default(null),
  baseline: countsSchema.optional(),
});
export type Interval = z.infer<typeof intervalSchema>;

/** The baseline before the deployment: totals, or its intervals, which also show how much the traffic fluctuates. */
export interface History extends Partial<Counts> {
  intervals?: Counts[] | undefined;
}
/** An empty history is no history. One with unknown fields only is refused, or it would be ignored silently. */
const isKnown = (history: object) => Object.keys(history).length === 0 || ['n', 'intervals', 'cpu', 'memory'].some((key) => key in history);

export const historySchema = z
  .object({ n: measured, errors: measured, slow: measured, cpu: measured, memory: measured, intervals: z.array(countsSchema).optional() })
  .catchall(z.unknown())
  .refine(isKnown, 'must have "n" and "errors", or "intervals" of them')
  .transform(({ n, errors, intervals, ...rest }): History => {
    const totals = countsSchema.parse({ n: n ?? null, errors: errors ?? null, ...rest }) ?? { cpu: rest.cpu, memory: rest.memory };
    return intervals ? { ...totals, intervals: intervals.filter((counts) => counts !== null) } : totals;
  });

export const traceSchema = z.object({ id: z.coerce.string(), intervals: z.array(intervalSchema), history: historySchema.nullish() });
export type Trace = z.infer<typeof traceSchema>;
