import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import type { Execution } from './frame.ts';
import { draw, drawUuid, seeded } from './random.ts';

/** The longest sequence that an evaluation on AWS holds. */
const MOST_ELEMENTS = 873_782;
const formatted = jsonata('$fromMillis($ms, $picture, $timezone)');

/** The functions that Step Functions adds to JSONata, and the two that need the runtime's time. */
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
    eval: undefined,
  };
}

/** Returns an array, so a single chunk stays in it. AWS makes one chunk without a size, and nothing of no values. */
function partition(values?: unknown, size?: unknown): unknown {
  if (values === undefined) return undefined;
  const all = Array.isArray(values) ? values : [values];
  if (size === undefined) return [all];
  const chunk = whole(size, 'partition', 2);
  if (chunk < 0) throw Object.assign(new Error('Second argument must be zero or greater'), { code: 'D3137' });
  if (chunk === 0 || all.length === 0) return undefined;
  return Array.from({ length: Math.ceil(all.length / chunk) }, (_, i) => all.slice(i * chunk, (i + 1) * chunk));
}

/** Returns a sequence: JSONata turns one value into the value itself, and no value into nothing. */
function range(first?: unknown, last?: unknown, by?: unknown): unknown {
  if (first === undefined || last === undefined || by === undefined) return undefined;
  const from = whole(first, 'range', 1);
  const to = whole(last, 'range', 2);
  const step = whole(by, 'range', 3);
  const length = step === 0 ? 0 : Math.max(0, Math.floor((to - from) / step) + 1);
  if (length > MOST_ELEMENTS) throw new Error('Expression evaluation memory limit exceeded: Check for excessive memory usage');
  return sequence(Array.from({ length }, (_, i) => from + i * step));
}

/** jsonata knows a sequence by this property. */
const sequence = (values: unknown[]): unknown[] => Object.defineProperty(values, 'sequence', { value: true });

const ALGORITHMS: Record<string, string> = { MD5: 'md5', 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };

function hash(content?: unknown, algorithm?: unknown): unknown {
  if (content === undefined || algorithm === undefined) return undefined;
  const name = ALGORITHMS[String(algorithm)] ?? mismatch('hash', 2);
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return createHash(name).update(text).digest('hex');
}

function parse(text?: unknown): unknown {
  if (text === undefined) return undefined;
  if (typeof text !== 'string') return mismatch('parse', 1);
  try {
    return JSON.parse(text);
  } catch {
    throw Object.assign(new Error('Invalid JSON'), { code: 'D3137' });
  }
}

/** AWS rounds towards zero. */
const whole = (value: unknown, name: string, argument: number): number =>
  typeof value === 'number' ? Math.trunc(value) : mismatch(name, argument);

/** Throws as jsonata's own functions do; jsonata words it. */
function mismatch(name: string, argument: number): never {
  throw Object.assign(new Error(), { code: 'T0410', index: argument, token: name });
}
