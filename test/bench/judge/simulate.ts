import { seededRandom } from '@sluice/emulator';
import { type Cell, cellName } from './cells.ts';
import { drawBinomial, drawNormal, drawPoisson, type Random } from './draws.ts';
import type { Behaviour } from './faults.ts';
import { drawMeanMs, tails } from './latency.ts';

export const bucketSeconds = 10;
const watchSeconds = 1800;
const historySeconds = 3600;

/** The requests and gauges of one version in one bucket of 10 s. */
export interface Bucket {
  readonly n: number;
  readonly errors: number;
  readonly overOldP95: number;
  readonly over500: number;
  readonly over1000: number;
  readonly meanMs: number;
  readonly cpu: number;
  readonly memory: number;
}

export interface Release {
  readonly cell: Cell;
  readonly history: readonly Bucket[];
  readonly candidate: readonly Bucket[];
  readonly baseline?: readonly Bucket[];
}

/** Draws the release number `index` of a cell. The same seed draws the same release. */
export function simulate(seed: number, cell: Cell, index: number): Release {
  const random = seededRandom(hash(`${seed}/${cellName(cell)}/${index}`));
  const level = sharedLevel(random, cell.overdispersed);
  const { errorsAtOnce = 1, ownNoise = 0 } = cell.fault;
  const own = () => (ownNoise === 0 ? 1 : Math.exp(ownNoise * drawNormal(random) - ownNoise ** 2 / 2));
  const old = { errors: cell.baseline };
  const history = times(historySeconds, () => drawBucket(random, cell.requestsPerSecond, worsened(old, level() * own()), errorsAtOnce));
  const blipAt = cell.fault.sharedBlip === undefined ? Number.POSITIVE_INFINITY : bucketSeconds * Math.floor(6 + 162 * random());
  const candidate: Bucket[] = [];
  const baseline: Bucket[] = [];
  times(watchSeconds, (t) => {
    const factor = level();
    const blip = t >= blipAt && t < blipAt + 60 ? (cell.fault.sharedBlip ?? 0) : 0;
    const both = (behaviour: Behaviour) => worsened({ ...behaviour, errors: Math.max(blip, behaviour.errors) }, factor * own());
    const draw = (share: number, behaviour: Behaviour) => drawBucket(random, cell.requestsPerSecond * share, both(behaviour), errorsAtOnce);
    candidate.push(draw(cell.mode.share, cell.fault.behaves(t, cell.baseline)));
    if (cell.mode.share < 1) baseline.push(draw(1 - cell.mode.share, old));
  });
  return cell.mode.share < 1 ? { cell, history, candidate, baseline } : { cell, history, candidate };
}

function times<T>(seconds: number, draw: (t: number) => T): T[] {
  return Array.from({ length: seconds / bucketSeconds }, (_, i) => draw(i * bucketSeconds));
}

function worsened(behaviour: Behaviour, factor: number): Behaviour {
  return { ...behaviour, errors: Math.min(0.95, behaviour.errors * factor) };
}

/** The standard deviation of the shared error level's logarithm. */
const spread = 0.7;

/** Makes the factor of both versions' error levels, with mean 1. Its logarithm is AR(1), correlation time 2 minutes. */
function sharedLevel(random: Random, overdispersed: boolean): () => number {
  if (!overdispersed) return () => 1;
  const keep = Math.exp(-bucketSeconds / 120);
  let log = spread * drawNormal(random);
  return () => {
    log = keep * log + spread * Math.sqrt(1 - keep * keep) * drawNormal(random);
    return Math.exp(log - (spread * spread) / 2);
  };
}

function drawBucket(
  random: Random,
  requestsPerSecond: number,
  { errors, slowdown = 1, memory = 0 }: Behaviour,
  errorsAtOnce: number,
): Bucket {
  const n = drawPoisson(random, requestsPerSecond * bucketSeconds);
  const { p95, p500, p1000 } = tails(slowdown);
  const over1000 = drawBinomial(random, n, p1000);
  const over500 = over1000 + drawBinomial(random, n - over1000, (p500 - p1000) / (1 - p1000));
  return {
    n,
    errors: Math.min(n, errorsAtOnce * drawBinomial(random, n, errors / errorsAtOnce)),
    overOldP95: over500 + drawBinomial(random, n - over500, (p95 - p500) / (1 - p500)),
    over500,
    over1000,
    meanMs: drawMeanMs(random, n, slowdown),
    cpu: Math.min(100, Math.max(0, 45 + 6 * drawNormal(random))),
    memory: Math.min(100, 55 + memory + drawNormal(random)),
  };
}

/** Hashes a text to 32 bits (FNV-1a). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
