import type { Release } from '#deployment/release';
import type { Limits } from '#policy/policy';
import { isOverErrorLimit } from '#watch/judge/literal';

type ReleaseInterval = Release['intervals'][number];
type ReleaseCounts = NonNullable<ReleaseInterval['candidate']>;

/** More polls than any watch of the default policy has. A projection must fit into one item of 400 KB. */
const MOST_KEPT = 500;

/** Bounds the projection's size: above 500 intervals, it adds up pairs in the older half. Every request is kept. */
export function compactIntervals(intervals: readonly ReleaseInterval[], limits: Limits): ReleaseInterval[] {
  if (intervals.length <= MOST_KEPT) return [...intervals];
  const older = intervals.slice(0, MOST_KEPT / 2).filter(({ candidate }) => candidate !== null);
  const pairs = older.flatMap((first, index) => (index % 2 === 0 ? [[first, older[index + 1]] as const] : []));
  return [...pairs.flatMap(([first, second]) => (second ? merged(first, second, limits) : [first])), ...intervals.slice(MOST_KEPT / 2)];
}

/** Keeps two intervals apart if they were counted differently, or if only their sum breaches the error limit. */
function merged(first: ReleaseInterval, second: ReleaseInterval, limits: Limits): ReleaseInterval[] {
  const isAlike = Boolean(first.baseline) === Boolean(second.baseline) && kindOf(first) === kindOf(second);
  if (!isAlike) return [first, second];
  const candidate = sumOf(first.candidate as ReleaseCounts, second.candidate as ReleaseCounts);
  const isOver = (counts: ReleaseCounts | null) => counts !== null && isOverErrorLimit(counts, limits);
  if (isOver(candidate) && ![first, second].some((each) => isOver(each.candidate))) return [first, second];
  return [{ t: second.t, candidate, baseline: first.baseline && second.baseline && sumOf(first.baseline, second.baseline) }];
}

const kindOf = ({ candidate, baseline }: ReleaseInterval) => `${typeof candidate?.slow} ${typeof baseline?.slow}`;

function sumOf(first: ReleaseCounts, second: ReleaseCounts): ReleaseCounts {
  const slow = typeof first.slow === 'number' ? first.slow + (second.slow ?? 0) : second.slow;
  return { ...second, n: first.n + second.n, errors: first.errors + second.errors, slow };
}
