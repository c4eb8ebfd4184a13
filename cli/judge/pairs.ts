import * as z from 'zod';
import type { Direction, Series } from '#domain/judge/series-policy';

const sample = z.union([z.number(), z.null(), z.string().transform(toSample)]);
const samples = z.array(sample);

const ways: Record<string, Direction> = {
  increase: 'increase',
  higher: 'increase',
  high: 'increase',
  up: 'increase',
  decrease: 'decrease',
  lower: 'decrease',
  low: 'decrease',
  down: 'decrease',
  either: 'either',
  both: 'either',
  any: 'either',
};
const direction = z
  .string()
  .nullish()
  .transform((value, context) => {
    const way = ways[(value ?? 'either').toLowerCase()];
    if (way !== undefined) return way;
    context.addIssue({ code: 'custom', message: `the bad direction is increase, decrease or either, not "${value}"` });
    return z.NEVER;
  });

/** Numbers that were written as text; NaN and whatever is no number is a missing value. */
function toSample(text: string): number | null {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

const metric = z.object({
  direction,
  control: samples.nullable(),
  experiment: samples.nullable(),
  nanStrategy: z.enum(['remove', 'replace', 'none']).nullish(),
  config: z
    .object({
      effectSizeThresholds: z.tuple([z.number(), z.number()]).nullish(),
      effectSizeMeasure: z.enum(['meanRatio', 'cles']).nullish(),
    })
    .nullish(),
});

const vector = metric.extend({ id: z.coerce.string(), name: z.string().nullish() });
const scenario = z.object({ id: z.coerce.string(), metrics: z.array(metric.extend({ name: z.string() })).min(1) });

/** One thing to judge: its metrics decide together, the worst one for all. */
export interface Pair {
  readonly id: string;
  readonly metrics: readonly Series[];
}

const pairOf = (value: z.output<typeof vector>): Pair => ({ id: value.id, metrics: [seriesOf(value, value.name ?? value.id)] });

function seriesOf({ control, experiment, nanStrategy, config, direction: way }: z.output<typeof metric>, name: string): Series {
  const allowed = config?.effectSizeThresholds;
  return {
    name,
    direction: way,
    control: control ?? [],
    experiment: experiment ?? [],
    nanStrategy: nanStrategy === 'replace' ? 'replace' : 'remove',
    ...(allowed ? { allowed, allowedAs: config?.effectSizeMeasure ?? 'meanRatio' } : {}),
  };
}

/** Reads `{vectors}` or `{scenarios}`, or both. */
export const pairsSchema = z
  .object({ vectors: z.array(vector).optional(), scenarios: z.array(scenario).optional() })
  .refine(({ vectors, scenarios }) => vectors !== undefined || scenarios !== undefined, 'neither "vectors" nor "scenarios" is there')
  .transform(({ vectors = [], scenarios = [] }): Pair[] => [
    ...vectors.map(pairOf),
    ...scenarios.map(({ id, metrics }) => ({ id, metrics: metrics.map((each) => seriesOf(each, each.name)) })),
  ]);
