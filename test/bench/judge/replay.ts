import type { Cell } from './cells.ts';
import type { Judge } from './judge.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { simulate } from './simulate.ts';

/** The outcomes of one judge for the releases of one cell. */
export interface Played {
  readonly cell: number;
  readonly judge: string;
  readonly outcomes: readonly Outcome[];
}

/** Plays `traces` releases of a cell to each judge that can judge them. All judges get the same releases. */
export function replay(seed: number, index: number, cell: Cell, judges: readonly Judge[], traces: number): Played[] {
  const releases = Array.from({ length: traces }, (_, i) => simulate(seed, cell, i));
  const able = judges.filter(({ needsBaseline }) => !needsBaseline || cell.mode.share < 1);
  return able.map((judge) => ({ cell: index, judge: judge.name, outcomes: releases.map((release) => outcomeOf(judge, release)) }));
}
