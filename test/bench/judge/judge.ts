import type { Signal } from './faults.ts';
import type { Release } from './simulate.ts';

/** A rollback: its time in seconds since the release, and its signals. */
export interface Rollback {
  readonly at: number;
  readonly signals: readonly Signal[];
}

/** One way to decide about a whole watch. */
export interface Judge {
  readonly name: string;
  /** Seconds between two polls. */
  readonly poll: number;
  /** True if it judges only with a baseline that serves at the same time. */
  readonly needsBaseline?: boolean;
  decide(release: Release): Rollback | undefined;
  /** True if a release without a rollback ends undecided. Judges without this method know only good and bad. */
  holds?(release: Release): boolean;
}
