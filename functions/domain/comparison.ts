import type { Judgement, Release } from './release.ts';

/** How many standard errors a difference must be apart to count as one (one-sided 95 %). */
const STANDARD_ERRORS = 1.645;

/** Compares the two versions of an A/B release by their error rates over the whole period; the candidate, being a fix, is kept unless it is worse. */
export function comparison({ intervals }: Release): Pick<Judgement, 'next' | 'reason'> {
  const both = intervals.filter(({ candidate, baseline }) => candidate && baseline);
  const [a, b] = [total(both.map(({ baseline }) => baseline)), total(both.map(({ candidate }) => candidate))];
  const told = `A: ${percent(a)} of ${a.n} requests failed, B: ${percent(b)} of ${b.n}`;
  if (a.n === 0 || b.n === 0) return { next: 'RollBack', reason: `A/B: A is kept, since there was nothing to compare (${told})` };
  const pooled = (a.errors + b.errors) / (a.n + b.n);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.n + 1 / b.n));
  return b.errors / b.n - a.errors / a.n > STANDARD_ERRORS * error
    ? { next: 'RollBack', reason: `A/B: A is kept (${told})` }
    : { next: 'ApplyStep', reason: `A/B: B is kept (${told})` };
}

interface Arm {
  readonly n: number;
  readonly errors: number;
}

const total = (counts: readonly (Arm | null | undefined)[]): Arm =>
  counts.reduce<Arm>((sum, count) => ({ n: sum.n + (count?.n ?? 0), errors: sum.errors + (count?.errors ?? 0) }), { n: 0, errors: 0 });

const percent = ({ n, errors }: Arm) => `${n === 0 ? 0 : Math.round((10_000 * errors) / n) / 100} %`;
