import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { VirtualClock } from '@sluice/emulator';

/** A virtual clock that continues from the last time that a killed process read. */
export class DurableClock extends VirtualClock {
  readonly #file: string;
  #writtenMs = 0;

  constructor(file: string, startMs: number) {
    super(existsSync(file) ? Number(readFileSync(file, 'utf8')) : startMs);
    this.#file = file;
  }

  override nowMs(): number {
    const nowMs = super.nowMs();
    if (nowMs !== this.#writtenMs) writeFileSync(this.#file, String(nowMs));
    this.#writtenMs = nowMs;
    return nowMs;
  }
}
