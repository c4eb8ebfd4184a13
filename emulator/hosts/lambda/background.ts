import type { Clock } from '../../clock/clock.ts';

/** Work without a waiting caller. Virtual time stands still for it, and the host stops only after it. */
export class Background {
  readonly #clock: Clock;
  readonly #running = new Set<Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(what: string, work: () => Promise<void>): void {
    const release = this.#clock.hold(what);
    const running = work().finally(() => {
      this.#running.delete(running);
      release();
    });
    this.#running.add(running);
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}
