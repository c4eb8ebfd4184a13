import type { Judgement, Release } from '#deployment/release';

type ReleaseCounts = NonNullable<Release['intervals'][number]['candidate']>;

/** The metrics that decide an A/B release. */
const metrics: readonly { readonly what: string; readonly count: (counts: ReleaseCounts) => number | null | undefined }[] = [
  { what: 'failed', count: ({ errors }) => errors },
  { what: 'were slow', count: ({ slow }) => slow },
];

/**
 * A difference counts if it is more than this many standard errors.
 * This is one-sided 95 %, split over the two metrics (Bonferroni).
 */
const STANDARD_ERRORS = 1.96;

/**
 * Compares the two versions of an A/B release over the whole period (R-ROLL-9).
 * The candidate is a fix, so it stays unless one metric is worse.
 */
export function comparison({ intervals }: Release): Pick<Judgement, 'next' | 'reason'> {
  const both = intervals.flatMap(({ candidate, baseline }) => (candidate && baseline ? [{ a: baseline, b: candidate }] : []));
  const compared = metrics.map(({ what, count }) => ({ what, ...totals(both, count) })).filter(({ a, b }) => a.n > 0 && b.n > 0);
  const summary = compared.map(({ what, a, b }) => `A: ${percent(a)} of ${a.n} requests ${what}, B: ${percent(b)} of ${b.n}`).join('; ');
  if (compared.length === 0) return { next: 'RollBack', reason: 'A/B: A is kept, since there was nothing to compare' };
  return compared.some(isWorse)
    ? { next: 'RollBack', reason: `A/B: A is kept (${summary})` }
    : { next: 'ApplyStep', reason: `A/B: B is kept (${summary})` };
}

interface Arm {
  readonly n: number;
  readonly count: number;
}

interface Arms {
  readonly a: Arm;
  readonly b: Arm;
}

/** Adds up the intervals that have the metric for both versions. */
function totals(
  both: readonly { a: ReleaseCounts; b: ReleaseCounts }[],
  count: (counts: ReleaseCounts) => number | null | undefined,
): Arms {
  const none: Arm = { n: 0, count: 0 };
  const plus = (sum: Arm, counts: ReleaseCounts) => ({ n: sum.n + counts.n, count: sum.count + (count(counts) ?? 0) });
  return both
    .filter(({ a, b }) => typeof count(a) === 'number' && typeof count(b) === 'number')
    .reduce<Arms>((sum, { a, b }) => ({ a: plus(sum.a, a), b: plus(sum.b, b) }), { a: none, b: none });
}

/** Tests two proportions by their pooled standard error. */
function isWorse({ a, b }: Arms): boolean {
  const pooled = (a.count + b.count) / (a.n + b.n);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.n + 1 / b.n));
  return b.count / b.n - a.count / a.n > STANDARD_ERRORS * error;
}

const percent = ({ n, count }: Arm) => `${Math.round((10_000 * count) / n) / 100} %`;
