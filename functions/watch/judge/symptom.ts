import { badOf, before, type Stream } from './before.ts';
import { better, RateTest } from './bernoulli.ts';
import type { JudgePolicy } from './judge-policy.ts';
import type { Ruling } from './ruling.ts';
import type { Trace } from './trace.ts';
import { TwoArmTest } from './two-arm.ts';

/**
 * `fixed`: an improvement is shown and the limit is kept.
 * `harmless`: no metric showed the issue before, and no metric got worse.
 */
export type SymptomOutcome = 'fixed' | 'not fixed' | 'harmless';

/** Says what a judged release did for the metric that raised its issue. */
export function outcomeFor(trace: Trace, ruling: Ruling, raisedBy: Stream | undefined, policy: JudgePolicy): SymptomOutcome {
  if (ruling.verdict === 'Failed') return 'not fixed';
  if (raisedBy === undefined || !wasVisible(trace, raisedBy, policy)) return 'harmless';
  return isImproved(trace, raisedBy, policy) && isWithinLimit(trace, raisedBy, policy) ? 'fixed' : 'not fixed';
}

const limitOf = (stream: Stream, { limits }: JudgePolicy) => (stream === 'errors' ? limits.errorRatePercent / 100 : undefined);

/** A symptom that was never over its limit cannot be fixed. */
function wasVisible({ history }: Trace, stream: Stream, policy: JudgePolicy): boolean {
  const known = before(history, stream);
  if (known === undefined || known.n === 0) return false;
  return known.rate > (limitOf(stream, policy) ?? 0);
}

/**
 * True if the candidate is shown to be better than the history or than the old version beside it.
 * It must be better by more than the tolerance.
 */
function isImproved({ intervals, history }: Trace, stream: Stream, { alpha, tolerance }: JudgePolicy): boolean {
  const known = before(history, stream);
  const level = known?.rate ?? 0;
  const alone = new RateTest(Math.min(0.95, level / tolerance), known?.dispersion ?? 1, better);
  const beside = new TwoArmTest(1 / tolerance, level, better, known?.bursts);
  const masses = { beside: 1, alone: 1 };
  for (const { candidate, baseline } of intervals) {
    const [now, old] = [candidate && badOf(candidate, stream), baseline && badOf(baseline, stream)];
    if (!now) continue;
    const where = old && old.n > 0 ? 'beside' : 'alone';
    if (old && old.n > 0) beside.add(now, old, masses.beside);
    else alone.add(now, masses.alone);
    masses[where] = 0;
  }
  return Math.max(alone.evidence.current, beside.evidence.current) >= 2 / alpha;
}

function isWithinLimit({ intervals }: Trace, stream: Stream, policy: JudgePolicy): boolean {
  const seen = intervals.flatMap(({ candidate }) => (candidate && badOf(candidate, stream)) ?? []);
  const [n, bad] = [seen.reduce((sum, each) => sum + each.n, 0), seen.reduce((sum, each) => sum + each.bad, 0)];
  return bad <= n * (limitOf(stream, policy) ?? 1);
}
