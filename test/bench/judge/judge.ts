import type { Signal } from './faults.ts';
import type { Release } from './simulate.ts';

/** A rollback: when (seconds since the release) and over which signals. */
export interface Rollback {
  readonly at: number;
  readonly signals: readonly Signal[];
}

/** One way to decide, as it would have decided over a whole watch. */
export interface Judge {
  readonly name: string;
  /** Seconds between two looks. */
  readonly poll: number;
  /** It judges only beside an old version. */
  readonly needsBaseline?: boolean;
  decide(release: Release): Rollback | undefined;
  /** Whether it ends undecided on a release that it did not roll back; the others know only good and bad. */
  holds?(release: Release): boolean;
}
