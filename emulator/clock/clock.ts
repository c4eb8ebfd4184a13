/** The one clock of the local runtime: every timer, timestamp and Lambda process takes its time from here. */
export interface Clock {
  nowMs(): number;
  /**
   * Calls `fire` once at an absolute time in epoch milliseconds, or at once if that is past. Returns a cancel
   * function.
   */
  at(epochMs: number, fire: () => void): () => void;
  /**
   * Marks work in flight: virtual time stands still until the returned function is called. A second call does nothing.
   */
  hold(what: string): () => void;
  /** Registers a poller that virtual time asks before it advances. True means that it found work, so time stays. */
  beforeAdvance(poll: () => Promise<boolean>): () => void;
}

const LONGEST_NODE_TIMER_MS = 2 ** 31 - 1;

/** Makes a clock of wall time. Its timers work beyond the 2³¹ ms of `setTimeout`. */
export function realClock(): Clock {
  return {
    nowMs: () => Date.now(),
    at(epochMs, fire) {
      let timer: NodeJS.Timeout;
      const arm = () => {
        const left = epochMs - Date.now();
        timer = left > LONGEST_NODE_TIMER_MS ? setTimeout(arm, LONGEST_NODE_TIMER_MS) : setTimeout(fire, Math.max(0, left));
      };
      arm();
      return () => clearTimeout(timer);
    },
    hold: () => () => undefined,
    beforeAdvance: () => () => undefined,
  };
}

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/** A clock that jumps to the next timer whenever nothing is in flight; it stands still until `runUntil` lets it go. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  #timers: Timer[] = [];
  #pollers = new Set<() => Promise<boolean>>();
  #holds = new Map<symbol, string>();
  #advancing = false;
  #running = 0;
  #release = this.hold('nobody called runUntil');

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  at(epochMs: number, fire: () => void): () => void {
    const timer = { atMs: epochMs, order: this.#order++, fire };
    this.#timers.push(timer);
    this.#wake();
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  hold(what: string): () => void {
    const key = Symbol(what);
    this.#holds.set(key, what);
    return () => {
      if (this.#holds.delete(key)) this.#wake();
    };
  }

  beforeAdvance(poll: () => Promise<boolean>): () => void {
    this.#pollers.add(poll);
    return () => this.#pollers.delete(poll);
  }

  /** Names the work that holds the time, for the message of a test that hangs. */
  held(): string[] {
    return [...this.#holds.values()];
  }

  /**
   * Lets time run until the promise settles, then stops it again. If several run at once, the last to settle stops it.
   */
  async runUntil<T>(settled: Promise<T>): Promise<T> {
    this.#running++;
    this.#release();
    try {
      return await settled;
    } finally {
      if (--this.#running === 0) this.#release = this.hold('nobody called runUntil');
    }
  }

  #wake(): void {
    if (this.#advancing || this.#holds.size > 0) return;
    this.#advancing = true;
    setImmediate(() => void this.#advance());
  }

  async #advance(): Promise<void> {
    const busy = (await this.#idleTurns(2)) || (await this.#anyPollerFoundWork()) || (await this.#idleTurns(1));
    this.#advancing = false;
    if (busy) return this.#wake();
    const next = this.#timers.reduce<Timer | undefined>((first, t) => (first && before(first, t) ? first : t), undefined);
    if (!next) return;
    this.#timers = this.#timers.filter((t) => t !== next);
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.fire();
    this.#wake();
  }

  async #idleTurns(turns: number): Promise<boolean> {
    for (let i = 0; i < turns && this.#holds.size === 0; i++) await new Promise((resolve) => setImmediate(resolve));
    return this.#holds.size > 0;
  }

  async #anyPollerFoundWork(): Promise<boolean> {
    for (const poll of this.#pollers) if (await poll()) return true;
    return this.#holds.size > 0;
  }
}

const before = (a: Timer, b: Timer) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
