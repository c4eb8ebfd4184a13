import type { Clock } from '../../clock/clock.ts';

/** Runs the steps of one execution in turn. The clock stands still until a step and its effects are under way. */
export class Turns {
  readonly #clock: Clock;
  readonly #last = new Map<string, Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(arn: string, step: () => Promise<void>): Promise<void> {
    const release = this.#clock.hold(`a step of ${arn}`);
    const turn = (this.#last.get(arn) ?? Promise.resolve()).then(step);
    const settled = turn.catch(() => undefined).finally(release);
    this.#last.set(arn, settled);
    void settled.then(() => this.#last.get(arn) === settled && this.#last.delete(arn));
    return turn;
  }

  async settled(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}
