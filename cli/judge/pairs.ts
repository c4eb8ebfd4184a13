import * as z from 'zod';
import type { Direction, Series } from '#watch/judge/series-policy';
import { UsageError } from '../usage-error.ts';
import { type Item, isRecord, readItems } from './items.ts';

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
    const name = (value ?? 'either').toLowerCase();
    if (Object.hasOwn(ways, name)) return ways[name] as Direction;
    context.addIssue({ code: 'custom', message: `the bad direction is increase, decrease or either, not "${value}"` });
    return z.NEVER;
  });

/** Reads a number that was written as text. NaN, or any other text, is a missing value. */
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

const vector = metric.extend({ id: z.coerce.string(), name: z.string().nullish() }).transform(pairOf);
const scenario = z
  .object({ id: z.coerce.string(), metrics: z.array(metric.extend({ name: z.string() })).min(1) })
  .transform(({ id, metrics }): Pair => ({ id, metrics: metrics.map((each) => seriesOf(each, each.name)) }));

/** One thing to judge. Its worst metric decides. */
export interface Pair {
  readonly id: string;
  readonly metrics: readonly Series[];
}

function pairOf({ id, name, ...value }: z.output<typeof metric> & { id: string; name?: string | null | undefined }): Pair {
  return { id, metrics: [seriesOf(value, name ?? id)] };
}

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

/** Reads `{vectors}`, `{scenarios}`, an object with both, an array of such objects, or one on each line. */
export function readPairs(content: unknown): Item<Pair>[] {
  return readItems(entriesOf(content), (entry) => (isRecord(entry) && 'metrics' in entry ? scenario : vector));
}

function entriesOf(content: unknown): unknown[] {
  if (Array.isArray(content)) return content.flatMap((each) => (isFile(each) ? entriesOf(each) : [each]));
  if (!isRecord(content)) throw new UsageError('the pairs must be an object or an array of objects');
  const { vectors = [], scenarios = [] } = content;
  if (!Array.isArray(vectors) || !Array.isArray(scenarios)) throw new UsageError('"vectors" and "scenarios" must be arrays');
  if (isFile(content)) return [...vectors, ...scenarios];
  if ('control' in content || 'metrics' in content) return [content];
  throw new UsageError('"vectors" and "scenarios" are both missing; add one of them');
}

const isFile = (value: unknown) => isRecord(value) && ('vectors' in value || 'scenarios' in value);
