import { type Bucket, bucketSeconds } from './simulate.ts';

/** Combines buckets into windows of `seconds`: gauges as averages, counts as sums. */
export function windows(buckets: readonly Bucket[], seconds: number): Bucket[] {
  const size = seconds / bucketSeconds;
  if (size === 1) return [...buckets];
  return Array.from({ length: Math.floor(buckets.length / size) }, (_, i) => total(buckets.slice(i * size, (i + 1) * size)));
}

/** Combines buckets into one: gauges as averages over buckets, the mean latency as an average over requests. */
export function total(buckets: readonly Bucket[]): Bucket {
  const sum = (of: (bucket: Bucket) => number) => buckets.reduce((all, bucket) => all + of(bucket), 0);
  const n = sum((bucket) => bucket.n);
  return {
    n,
    errors: sum((bucket) => bucket.errors),
    overOldP95: sum((bucket) => bucket.overOldP95),
    over500: sum((bucket) => bucket.over500),
    over1000: sum((bucket) => bucket.over1000),
    meanMs: sum((bucket) => (bucket.n === 0 ? 0 : bucket.n * bucket.meanMs)) / n,
    cpu: sum((bucket) => bucket.cpu) / buckets.length,
    memory: sum((bucket) => bucket.memory) / buckets.length,
  };
}
