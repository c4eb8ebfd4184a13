import { mean } from 'simple-statistics';
import type { Series } from './series-policy.ts';

/** Says that a change is within the operator's tolerance; undefined if it is beyond it, or if none is declared. */
export function toleratedByOperator(
  { allowed, allowedAs, direction }: Series,
  control: readonly number[],
  experiment: readonly number[],
): string | undefined {
  if (allowed === undefined) return undefined;
  const [least, most] = allowed;
  const size = allowedAs === 'cles' ? chanceOfHigher(control, experiment) : ratioOf(control, experiment);
  const beyond = (direction !== 'decrease' && size >= most) || (direction !== 'increase' && size <= least);
  return beyond ? undefined : `tolerated: effect ${size.toPrecision(3)} is within ${least} to ${most}`;
}

function ratioOf(control: readonly number[], experiment: readonly number[]): number {
  const [old, now] = [mean([...control]), mean([...experiment])];
  if (old !== 0) return now / old;
  if (now === 0) return 1;
  return now > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

/**
 * The common-language effect size (McGraw and Wong 1992).
 * It is the share of pairs in which the experiment is higher; a tie counts as half.
 */
function chanceOfHigher(control: readonly number[], experiment: readonly number[]): number {
  const wins = experiment.reduce((sum, a) => sum + control.reduce((row, b) => row + (a > b ? 1 : a === b ? 0.5 : 0), 0), 0);
  return wins / (control.length * experiment.length);
}
