import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { max, median, min } from 'simple-statistics';
import { exceedanceChance, shiftScore } from './rank-tests.ts';
import { seriesPolicy } from './series-policy.ts';

/** One way in which the experiment is worse; Inconclusive = it looks like it, on too few samples. */
export interface Finding {
  readonly verdict: 'Failed' | 'Inconclusive';
  readonly reason: string;
}

/** `looks` is over how many directions and metrics the chances are split. */
type Find = (control: readonly number[], experiment: readonly number[], looks: number) => Finding | undefined;

/**
 * Finds in which ways the experiment is worse, where larger is worse. Each way is monotone, a larger sample never takes a finding back, and looks
 * at the order only through the latest stretch, so that gathering the worst samples at the end never takes one back either.
 */
export function worseOf(control: readonly number[], experiment: readonly number[], sign: 1 | -1, looks: number): Finding[] {
  const tolerated = seriesPolicy.tolerance * Math.abs(median([...control]));
  const reference = control.map((value) => value + tolerated);
  const found = [shifted, lateShifted, exceeding, neverBefore, separated].flatMap((find) => find(reference, experiment, looks) ?? []);
  return found.map(({ verdict, reason }) => ({ verdict, reason: `${sign > 0 ? 'higher' : 'lower'}: ${reason}` }));
}

/** Finds that the upper part of the control's range is gone from the experiment: a change, where any change is bad. */
export function vanishedFrom(control: readonly number[], experiment: readonly number[], sign: 1 | -1, looks: number): Finding[] {
  const isGone = exceedanceChance(experiment, control, 0) <= seriesPolicy.exceedance / looks;
  return isGone ? [failed(`the ${sign > 0 ? 'upper' : 'lower'} part of the control's range is gone`)] : [];
}

const failed = (reason: string): Finding => ({ verdict: 'Failed', reason });

const deviations = (chance: number, looks: number) => normalQuantile(1 - chance / looks, 0, 1);

const shifted: Find = (control, experiment, looks) => {
  const score = shiftScore(control, experiment);
  return score >= deviations(seriesPolicy.shift, looks)
    ? failed(`the samples rank ${score.toFixed(1)} standard deviations worse`)
    : undefined;
};

const lateShifted: Find = (control, experiment, looks) => {
  const needed = deviations(seriesPolicy.lateShift, looks);
  for (let length = seriesPolicy.lateSamples; length < experiment.length; length++) {
    const score = shiftScore(control, experiment.slice(-length));
    if (score >= needed) return failed(`the last ${length} samples rank ${score.toFixed(1)} standard deviations worse`);
  }
  return undefined;
};

const exceeding: Find = (control, experiment, looks) => {
  for (const spared of [0, 1, 2]) {
    const chance = exceedanceChance(control, experiment, spared);
    if (chance > seriesPolicy.exceedance / looks) continue;
    return failed(
      `too many samples lie beyond ${spared === 0 ? 'all' : `all but ${spared}`} of the control's (chance ${chance.toPrecision(2)})`,
    );
  }
  return undefined;
};

/** Against a control that never moves, what comes again and again is new: three samples and a third of them. */
const neverBefore: Find = (control, experiment) => {
  if (max([...control]) > min([...control])) return undefined;
  const worse = experiment.filter((value) => value > max([...control])).length;
  return worse >= 3 && worse >= experiment.length / 3 ? failed(`${worse} samples are what the control never is`) : undefined;
};

/** Every sample is worse than every one of the control's: shown on few samples when it is by far, suspected when it is not. */
const separated: Find = (control, experiment) => {
  if (min([...experiment]) <= max([...control])) return undefined;
  const chance = exceedanceChance(control, experiment, 0);
  const isFar = min([...experiment]) - max([...control]) > Math.max(max([...control]) - min([...control]), Math.abs(median([...control])));
  if (chance <= seriesPolicy.separation || isFar) return failed("every sample is worse than all of the control's");
  return { verdict: 'Inconclusive', reason: 'every sample is worse, but they are few' };
};
