import type { Cell } from './cells.ts';
import { type Estimate, meanOf, quantileOf, rate } from './intervals.ts';
import type { Kind, Outcome } from './outcome.ts';
import { at, isInnocent, isStep, type Select } from './record.ts';

/** The figures of one judge in one mode. */
export interface Figures {
  readonly judge: string;
  readonly mode: string;
  readonly falseEven: Estimate;
  readonly falseOverdispersed: Estimate;
  readonly falseBlip: Estimate;
  readonly falseRed: Estimate;
  readonly falseLowTraffic: Estimate;
  readonly falseBursts: Estimate;
  readonly falseOwnNoise: Estimate;
  /** The share of innocent releases on even traffic that were undecided at the end of the watch. */
  readonly heldEven: Estimate;
  /** The share of bad releases that were rolled back because of another signal. */
  readonly wrongCause: Estimate;
  /** The share of steps to 3, 5 and 50 % that were never rolled back because of their errors, on even traffic. */
  readonly missedSteps: Estimate;
  /** The share of these steps that were found good. */
  readonly passedSteps: Estimate;
  readonly medianDelay: Estimate;
  readonly p95Delay: Estimate;
  /** Failed requests until the decision, at 100 requests a second, over all bad releases on even traffic. */
  readonly failedAt100: Estimate;
}

export const shareOf = (outcomes: readonly Outcome[], kind: Kind) =>
  rate(outcomes.filter((outcome) => outcome.kind === kind).length, outcomes.length);
/** Computes the share of bad releases that were not rolled back because of their own fault. */
export const missed = (outcomes: readonly Outcome[]) => rate(outcomes.filter(({ kind }) => kind !== 'right').length, outcomes.length);
const delays = (outcomes: readonly Outcome[]) => outcomes.filter(({ kind }) => kind === 'right').map(({ delay }) => delay);

/** Computes the figures of one judge in one mode. */
export function figuresOf(select: Select, judge: string, mode: string): Figures {
  const of = (fits: (cell: Cell) => boolean) => select(judge, (cell) => at(mode)(cell) && fits(cell));
  const innocent = (name: string, overdispersed = false) =>
    shareOf(
      of((cell) => cell.fault.name === name && cell.overdispersed === overdispersed),
      'wrong',
    );
  const steps = of((cell) => isStep(cell) && !cell.overdispersed);
  return {
    judge,
    mode,
    falseEven: innocent('none'),
    falseOverdispersed: innocent('none', true),
    falseBlip: innocent('shared blip'),
    falseRed: shareOf(
      of((cell) => isInnocent(cell) && cell.fault.name.startsWith('red')),
      'wrong',
    ),
    falseLowTraffic: innocent('low traffic'),
    falseBursts: innocent('errors in bursts'),
    falseOwnNoise: innocent('noise of its own'),
    heldEven: shareOf(
      of((cell) => cell.fault.name === 'none' && !cell.overdispersed),
      'held',
    ),
    wrongCause: shareOf(
      of((cell) => !isInnocent(cell)),
      'wrong',
    ),
    missedSteps: missed(steps),
    passedSteps: shareOf(steps, 'passed'),
    medianDelay: quantileOf(delays(steps), 0.5),
    p95Delay: quantileOf(delays(steps), 0.95),
    failedAt100: meanOf(
      of((cell) => !isInnocent(cell) && !cell.overdispersed && cell.requestsPerSecond === 100).map(({ failed }) => failed),
    ),
  };
}

/** The figures of one judge for one kind of bad release in one mode, on even traffic. */
export interface Met {
  readonly judge: string;
  readonly mode: string;
  readonly fault: string;
  readonly missed: Estimate;
  readonly medianDelay: Estimate;
  readonly p95Delay: Estimate;
  readonly failedAt100: Estimate;
}

/** Computes the figures of one judge for one fault. */
export function metBy(select: Select, judge: string, mode: string, fault: string): Met {
  const outcomes = select(judge, (cell) => at(mode)(cell) && cell.fault.name === fault && !cell.overdispersed);
  const at100 = select(
    judge,
    (cell) => at(mode)(cell) && cell.fault.name === fault && !cell.overdispersed && cell.requestsPerSecond === 100,
  );
  return {
    judge,
    mode,
    fault,
    missed: missed(outcomes),
    medianDelay: quantileOf(delays(outcomes), 0.5),
    p95Delay: quantileOf(delays(outcomes), 0.95),
    failedAt100: meanOf(at100.map(({ failed }) => failed)),
  };
}
