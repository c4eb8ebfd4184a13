import type { Clock } from '../../clock/clock.ts';
import type { Journal, TimerRow } from './journal.ts';

/** Fires the journal's timers at their absolute times with one timer of the clock. */
export class Timers {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #fire: (timer: TimerRow) => Promise<void>;
  readonly #firing = new Set<string>();
  #cancel: () => void = () => undefined;
  #stopped = false;

  constructor(journal: Journal, clock: Clock, fire: (timer: TimerRow) => Promise<void>) {
    this.#journal = journal;
    this.#clock = clock;
    this.#fire = fire;
  }

  arm(afterMs?: number): void {
    this.#cancel();
    const atMs = this.#stopped ? undefined : this.#journal.nextTimerMs(afterMs);
    this.#cancel = atMs === undefined ? () => undefined : this.#clock.at(atMs, () => this.#fireDue());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #fireDue(): void {
    const nowMs = this.#clock.nowMs();
    for (const timer of this.#journal.dueTimers(nowMs)) {
      const key = `${timer.execution} ${timer.frame} ${timer.kind}`;
      if (this.#firing.has(key)) continue;
      this.#firing.add(key);
      void this.#fire(timer).finally(() => this.#firing.delete(key));
    }
    this.arm(nowMs);
  }
}
