import type { Limits } from '#policy/policy';
import { isErrorRateBreached, readSample } from '#watch/health';
import type { Before } from './before.ts';
import { lowerLimit, upperLimit } from './proportion.ts';
import type { WholeReading } from './ruling.ts';
import type { Counts, Interval } from './trace.ts';

/** Says whether an interval breaches the error limit as the guide writes it, on at least the minimum number of requests. */
export function isOverErrorLimit({ n, errors }: Counts, limits: Limits): boolean {
  return n > 0 && n >= limits.minimumRequests && isErrorRateBreached((100 * errors) / n, limits);
}

/** Says why a breach is not the release's: the old version beside it breaches too and is not shown to do so less, or did before the deployment. */
export function excuse({ candidate, baseline }: Interval, before: Before | undefined, limits: Limits): string | undefined {
  if (baseline && isOverErrorLimit(baseline, limits) && !isFarWorse(candidate, baseline))
    return 'the old version beside it is over the limit too';
  if (before && before.n >= limits.minimumRequests && isErrorRateBreached(100 * before.lower, limits))
    return 'it was over the limit before the deployment';
  return undefined;
}

/** At 1 in 10,000, since every poll asks. */
const isFarWorse = (candidate: Interval['candidate'], baseline: Counts) =>
  candidate !== null && lowerLimit(shareOf(candidate), 0.9999) > upperLimit(shareOf(baseline), 0.8);

const shareOf = ({ n, errors }: Counts) => ({ n, bad: errors });

/** Reads one interval by the guide's limits as they are written; resources only hold, unless policy says otherwise. */
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
