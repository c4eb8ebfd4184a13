import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import type { Execution } from './frame.ts';
import { draw, drawUuid, seeded } from './random.ts';

const MOST_ELEMENTS = 1000;
const formatted = jsonata('$fromMillis($ms, $picture, $timezone)');

/** The functions that Step Functions adds to JSONata, and the two whose time must be the runtime's. */
export function functionsAt(nowMs: number, execution: Execution): Record<string, unknown> {
  return {
    millis: () => nowMs,
    now: (picture?: string, timezone?: string) => formatted.evaluate(null, { ms: nowMs, picture, timezone }),
    partition,
    range,
    hash,
    parse,
    random: (seed?: number) => (seed === undefined ? draw(execution) : seeded(seed)),
    uuid: () => drawUuid(execution),
    eval: () => refuse('$eval', 'is not supported in Step Functions'),
  };
}

function partition(values?: unknown[], size?: number): unknown {
  if (values === undefined) return undefined;
  if (!Array.isArray(values) || typeof size !== 'number' || !Number.isFinite(size))
    return refuse('$partition', 'expects an array and a chunk size');
  const chunk = Math.floor(size);
  if (chunk < 1) return refuse('$partition', 'expects a positive chunk size');
  return Array.from({ length: Math.ceil(values.length / chunk) }, (_, i) => values.slice(i * chunk, (i + 1) * chunk));
}

function range(first?: number, last?: number, step?: number): unknown {
  if ([first, last, step].some((value) => typeof value !== 'number')) return refuse('$range', 'expects three numbers');
  const [from, to, by] = [first, last, step].map((value) => Math.round(value as number)) as [number, number, number];
  if (by === 0) return refuse('$range', 'expects a step other than 0');
  const length = Math.max(0, Math.floor((to - from) / by) + 1);
  if (length > MOST_ELEMENTS) return refuse('$range', `answers at most ${MOST_ELEMENTS} elements`);
  return Array.from({ length }, (_, i) => from + i * by);
}

const ALGORITHMS: Record<string, string> = { MD5: 'md5', 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };

function hash(content?: unknown, algorithm?: string): unknown {
  if (content === undefined) return undefined;
  const name = ALGORITHMS[algorithm ?? ''];
  if (!name) return refuse('$hash', `does not know the algorithm ${algorithm}`);
  return createHash(name)
    .update(typeof content === 'string' ? content : JSON.stringify(content))
    .digest('hex');
}

const parse = (text?: string): unknown => (text === undefined ? undefined : JSON.parse(text));

function refuse(name: string, why: string): never {
  throw new Error(`The function ${name} ${why}`);
}
