import * as z from 'zod';

const count = z.number().int().nonnegative();
const gauge = z.number().nonnegative().nullable().optional();
const atMostRequests = ({ n, errors, slow }: { n: number; errors: number; slow?: number | null }) => errors <= n && (slow ?? 0) <= n;
const more = 'errors and slow are counted among the n requests, so neither can be more than n';

/** What one version did in one interval; `slow` counts requests slower than the old version's p95, cpu and memory are percent. */
export const countsSchema = z
  .object({ n: count, errors: count, slow: count.nullable().optional(), cpu: gauge, memory: gauge })
  .refine(atMostRequests, more);
export type Counts = z.infer<typeof countsSchema>;

/** One interval of the watch: `t` is its end in seconds since the watch began; null = no data arrived. */
export const intervalSchema = z.object({ t: z.number(), candidate: countsSchema.nullable(), baseline: countsSchema.nullable().optional() });
export type Interval = z.infer<typeof intervalSchema>;

/** The pre-deploy baseline: totals, or better its intervals, which also say how much the traffic fluctuates by itself. */
export const historySchema = z
  .object({
    n: count,
    errors: count,
    slow: count.nullable().optional(),
    cpu: gauge,
    memory: gauge,
    intervals: z.array(countsSchema).optional(),
  })
  .refine(atMostRequests, more)
  .or(z.object({ intervals: z.array(countsSchema) }));
export type History = z.infer<typeof historySchema>;

export const traceSchema = z.object({ id: z.string(), intervals: z.array(intervalSchema), history: historySchema.nullable().optional() });
export type Trace = z.infer<typeof traceSchema>;
