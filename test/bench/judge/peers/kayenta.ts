import { seededRandom } from '@sluice/emulator';
import { mean } from 'simple-statistics';
import { drawBinomial } from '../draws.ts';
import type { Signal } from '../faults.ts';
import type { Judge } from '../judge.ts';
import { type Bucket, bucketSeconds } from '../simulate.ts';
import { shiftBetween } from './mann-whitney.ts';

const z98 = 2.3263478740408408;

/**
 * True if Kayenta's MannWhitneyClassifier says High. The lower end of the 98 % interval must be above
 * a quarter of the estimated shift, and the mean ratio at least 1.
 */
function isHigh(experiment: readonly number[], control: readonly number[]): boolean {
  if (experiment.length === 0 || control.length === 0) return false;
  const { lower, estimate } = shiftBetween(experiment, control, z98);
  return lower > 0.25 * Math.abs(estimate) && mean([...experiment]) >= mean([...control]);
}

/** Reduces the baseline's requests to the canary's number, because Kayenta needs a baseline of equal size. */
function equalSize(baseline: readonly Bucket[], share: number): { n: number; errors: number; meanMs: number }[] {
  const random = seededRandom(baseline.reduce((sum, { n }) => sum + n, 0));
  const keep = Math.min(1, share / (1 - share));
  return baseline.map(({ n, errors, meanMs }) => {
    const failed = drawBinomial(random, errors, keep);
    return { n: failed + drawBinomial(random, n - errors, keep), errors: failed, meanMs };
  });
}

type Served = Pick<Bucket, 'n' | 'errors' | 'meanMs'>;

function series(buckets: readonly Served[], of: (bucket: Served) => number): number[] {
  return buckets.filter(({ n }) => n > 0).map(of);
}

function highSignals(candidate: readonly Served[], control: readonly Served[]): Signal[] {
  const errorRate = ({ n, errors }: Served) => errors / n;
  const latency = ({ meanMs }: Served) => meanMs;
  const signals: Signal[] = [];
  if (isHigh(series(candidate, errorRate), series(control, errorRate))) signals.push('errors');
  if (isHigh(series(candidate, latency), series(control, latency))) signals.push('latency');
  return signals;
}

/**
 * A judge like Kayenta's NetflixACAJudge (spinnaker/kayenta MannWhitneyClassifier.scala).
 * Error rate and mean latency are critical, direction increase, Mann–Whitney at 98 % with effect size 0.25.
 */
export const kayenta: Judge = {
  name: 'Kayenta style',
  poll: 300,
  needsBaseline: true,
  decide({ cell, candidate, baseline }) {
    if (!baseline) return undefined;
    const control = equalSize(baseline, cell.mode.share);
    // Kayenta recommends at least 50 points, here of 10 s. After that, one poll every 5 minutes.
    for (let points = 50; points <= candidate.length; points += 30) {
      const signals = highSignals(candidate.slice(0, points), control.slice(0, points));
      if (signals.length > 0) return { at: points * bucketSeconds, signals };
    }
    return undefined;
  },
};
