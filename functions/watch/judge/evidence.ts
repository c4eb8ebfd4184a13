/** Above this an e-value only means "certain". The cap keeps the product of many intervals finite. */
const certain = 1e200;

/**
 * Collects evidence against "not worse", interval by interval.
 * It is an e-process that mixes alternatives and change times with equal weights.
 */
export class Evidence {
  /** May be read after every interval. It crosses 1/alpha with probability alpha at most (Ville's inequality). */
  current = 0;
  /** The highest value so far. A result that was shown once stays shown. */
  peak = 0;
  readonly #values: Float64Array;

  constructor(alternatives: number) {
    this.#values = new Float64Array(alternatives);
  }

  /**
   * Takes one interval; `logRatio` is the log-likelihood ratio of each alternative.
   * `mass` is the share of change times that begin with this interval.
   */
  add(logRatio: (alternative: number) => number, mass: number): void {
    const values = this.#values;
    let sum = 0;
    // The recursion of Shiryaev and Roberts (Shin, Ramdas, Rinaldo: E-detectors, 2022).
    for (let index = 0; index < values.length; index++) {
      const value = Math.min(certain, ((values[index] as number) + mass) * Math.exp(logRatio(index)));
      values[index] = value;
      sum += value;
    }
    this.current = sum / values.length;
    this.peak = Math.max(this.peak, this.current);
  }
}
