/** Beyond this an e-value only says "certain"; it keeps the product of many intervals a finite number. */
const certain = 1e200;

/**
 * Collects evidence against "not worse" look by look: an e-process that mixes alternatives and change times with equal weights, so that it
 * may be looked at after every interval and crosses 1/alpha with probability alpha at most (Ville's inequality; Shin, Ramdas, Rinaldo:
 * E-detectors, 2022; the recursion is Shiryaev's and Roberts').
 */
export class Evidence {
  current = 0;
  /** The highest value so far: what was shown once stays shown. */
  peak = 0;
  readonly #values: Float64Array;

  constructor(alternatives: number) {
    this.#values = new Float64Array(alternatives);
  }

  /** Takes one interval: `logRatio` is the log-likelihood ratio of each alternative, `mass` the share of change times that begin with it. */
  add(logRatio: (alternative: number) => number, mass: number): void {
    const values = this.#values;
    let sum = 0;
    for (let index = 0; index < values.length; index++) {
      const value = Math.min(certain, ((values[index] as number) + mass) * Math.exp(logRatio(index)));
      values[index] = value;
      sum += value;
    }
    this.current = sum / values.length;
    this.peak = Math.max(this.peak, this.current);
  }
}
