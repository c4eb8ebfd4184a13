import type { Limits } from '#policy/policy';
import { isErrorRateBreached, readSample } from '#watch/health';
import type { Before } from './before.ts';
import { lowerLimit, upperLimit } from './proportion.ts';
import type { WholeReading } from './ruling.ts';
import type { Counts, Interval } from './trace.ts';

/** True if an interval breaches the error limit as written (R-WATCH-3) and has the minimum number of requests. */
export function isOverErrorLimit({ n, errors }: Counts, limits: Limits): boolean {
  return n > 0 && n >= limits.minimumRequests && isErrorRateBreached((100 * errors) / n, limits);
}

/**
 * Says why the release did not cause a breach: the old version breached too, beside it or before the deployment.
 * If the old version beside it is shown to fail less often, there is no excuse.
 */
export function excuse({ candidate, baseline }: Interval, before: Before | undefined, limits: Limits): string | undefined {
  if (baseline && isOverErrorLimit(baseline, limits) && !isFarWorse(candidate, baseline))
    return 'the old version beside it is over the limit too';
  if (before && before.n >= limits.minimumRequests && isErrorRateBreached(100 * before.lower, limits))
    return 'it was over the limit before the deployment';
  return undefined;
}

/** True if the candidate is shown to fail more often, at a chance of 1 in 10,000, because every poll asks. */
const isFarWorse = (candidate: Interval['candidate'], baseline: Counts) =>
  candidate !== null && lowerLimit(shareOf(candidate), 0.9999) > upperLimit(shareOf(baseline), 0.8);

const shareOf = ({ n, errors }: Counts) => ({ n, bad: errors });

/**
 * Reads one interval by the limits as written (R-WATCH-10).
 * Resources only hold, unless policy says otherwise (R-BACK-7).
 */
export function readInterval(interval: Interval, before: Before | undefined, limits: Limits): WholeReading {
  const { candidate } = interval;
  if (candidate === null) return { verdict: 'Inconclusive', reasons: ['no data arrived in the last interval'] };
  const readings = readSample(sampleOf(candidate), limits).filter(
    ({ verdict, metric, onFailed }) => verdict !== 'NotApplicable' && metric !== 'health' && onFailed === 'roll-back',
  );
  const excused = isOverErrorLimit(candidate, limits) ? excuse(interval, before, limits) : undefined;
  const reasons = readings.map(
    ({ metric, detail }) => `${metric}: ${detail}${excused && metric === 'error-rate' ? `, but ${excused}` : ''}`,
  );
  const verdicts = readings.map(({ metric, verdict }) => (excused && metric === 'error-rate' ? 'Successful' : verdict));
  const verdict = verdicts.includes('Failed') ? 'Failed' : verdicts.includes('Inconclusive') ? 'Inconclusive' : 'Successful';
  return { verdict, reasons };
}

const sampleOf = ({ n, errors, cpu, memory }: Counts) => ({
  fromMs: 0,
  toMs: 0,
  requests: n,
  errors,
  cpuPercent: cpu ?? undefined,
  memoryPercent: memory ?? undefined,
  healthy: null,
});
