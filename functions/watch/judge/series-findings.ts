import { max, median, min } from 'simple-statistics';
import { normalQuantile } from '#watch/judge/numerics/normal';
import { largestMove, toleratedMove } from './moves.ts';
import { exceedanceChance, latestScores, shiftScore } from './rank-tests.ts';
import { seriesPolicy } from './series-policy.ts';

/** One way in which the experiment is worse. Inconclusive means that it seems worse, on too few samples. */
export interface Finding {
  readonly verdict: 'Failed' | 'Inconclusive';
  readonly reason: string;
  /** The largest move for the worse in the distribution, as a negative number in the metric's unit. */
  readonly margin: number;
}

interface Compared {
  readonly control: readonly number[];
  readonly experiment: readonly number[];
  readonly tolerated: number;
  /** The control after the tolerated move. */
  readonly reference: readonly number[];
  /** The number of directions and metrics over which the chances are split. */
  readonly looks: number;
}
type Find = (compared: Compared) => Finding | undefined;

/**
 * Finds each way in which the experiment is worse; larger is worse.
 * Two changes never remove a finding: a larger sample, or the worst samples gathered at the end.
 */
export function worseOf(control: readonly number[], experiment: readonly number[], sign: 1 | -1, looks: number): Finding[] {
  const tolerated = toleratedMove(
    control.map((value) => sign * value),
    sign,
  );
  const reference = control.map((value) => value + tolerated);
  // Each way is monotone, and only the latest stretch depends on the order of the samples.
  const ways = [shifted, lateShifted, exceeding, neverBefore, farBeyond, separated];
  const found = ways.flatMap((find) => find({ control, experiment, tolerated, reference, looks }) ?? []);
  return found.map((finding) => ({ ...finding, reason: `${sign > 0 ? 'higher' : 'lower'}: ${finding.reason}` }));
}

/**
 * Finds, where any change is bad, that the upper part of the control's range is gone from the experiment.
 * Samples outside that range do not fill it.
 */
export function vanishedFrom(control: readonly number[], experiment: readonly number[], sign: 1 | -1, looks: number): Finding[] {
  const high = max([...control]);
  const filling = experiment.filter((value) => value <= high);
  const others = experiment.slice(filling.length).map(() => Number.NEGATIVE_INFINITY);
  if (exceedanceChance([...filling, ...others], control, 0) > seriesPolicy.exceedance / looks) return [];
  const nearest = filling.length > 0 ? max(filling) - high : high - min([...experiment]);
  return [failed(`the ${sign > 0 ? 'upper' : 'lower'} part of the control's range is gone`, nearest)];
}

const failed = (reason: string, margin: number): Finding => ({ verdict: 'Failed', reason, margin });
const marginOf = ({ reference, experiment }: Compared) => -largestMove(reference, experiment);
const deviations = (chance: number, looks: number) => normalQuantile(1 - chance / looks);

const shifted: Find = (compared) => {
  const { control, experiment, tolerated, looks } = compared;
  const score = shiftScore(control, experiment, tolerated);
  if (score < deviations(seriesPolicy.shift, looks)) return undefined;
  return failed(`the samples rank ${score.toFixed(1)} standard deviations worse`, marginOf(compared));
};

const lateShifted: Find = (compared) => {
  const { control, experiment, tolerated, looks } = compared;
  const needed = deviations(seriesPolicy.lateShift, looks);
  const scores = latestScores(control, experiment, tolerated).slice(0, -1);
  const at = scores.findIndex((score, index) => index + 1 >= seriesPolicy.lateSamples && score >= needed);
  if (at < 0) return undefined;
  const reason = `the last ${at + 1} samples rank ${scores[at]?.toFixed(1)} standard deviations worse`;
  return failed(reason, marginOf({ ...compared, experiment: experiment.slice(-at - 1) }));
};

const exceeding: Find = (compared) => {
  const { control, reference, experiment, looks } = compared;
  for (const spared of new Set([0, 1, 2, ...rareIn(control)])) {
    const chance = exceedanceChance(reference, experiment, spared);
    if (chance > seriesPolicy.exceedance / looks) continue;
    const which = spared === 0 ? 'all' : `all but ${spared}`;
    return failed(`too many samples lie beyond ${which} of the control's (chance ${chance.toPrecision(2)})`, marginOf(compared));
  }
  return undefined;
};

/**
 * Counts the values above the level that most of the control has.
 * With these spared, the precedence test is Fisher's exact one.
 */
function rareIn(control: readonly number[]): number[] {
  const level = median([...control]);
  const rare = control.filter((value) => value > level).length;
  return rare <= control.length / 3 ? [rare] : [];
}

/** If the control never moves, a value that repeats is new: at least three samples and a third of them. */
const neverBefore: Find = (compared) => {
  const [low, high] = rangeOf(compared.reference);
  if (high > low) return undefined;
  const worse = compared.experiment.filter((value) => value > high).length;
  return worse >= 3 && worse >= compared.experiment.length / 3
    ? failed(`${worse} samples have values that the control never has`, marginOf(compared))
    : undefined;
};

/**
 * Finds samples that are too far beyond the control's to be chance: the last three.
 * If the control shows what is far, three and a fifth of all are enough.
 */
const farBeyond: Find = (compared) => {
  const { reference, experiment } = compared;
  const [low, high] = rangeOf(reference);
  const far = high + Math.max(high - low, Math.abs(median([...reference])) / 2);
  const worse = experiment.filter((value) => value > far).length;
  const isLast = experiment.slice(-3).every((value) => value > far);
  const isOften = far > high && worse >= Math.max(3, experiment.length / 5);
  if (!isLast && !isOften) return undefined;
  return failed(`${isLast ? 'the last 3' : worse} samples are far beyond all of the control's`, marginOf(compared));
};

/** Finds that every sample is worse than all of the control's. If by far, a few samples show it; else it is a hint. */
const separated: Find = (compared) => {
  const { reference, experiment } = compared;
  const [low, high] = rangeOf(reference);
  const gap = min([...experiment]) - high;
  if (gap <= 0) return undefined;
  const isFar = gap > Math.max(high - low, Math.abs(median([...reference])));
  if (isFar || exceedanceChance(reference, experiment, 0) <= seriesPolicy.separation)
    return failed("every sample is worse than all of the control's", marginOf(compared));
  return { verdict: 'Inconclusive', reason: 'every sample is worse, but they are few', margin: marginOf(compared) };
};

const rangeOf = (samples: readonly number[]): [number, number] => [min([...samples]), max([...samples])];
