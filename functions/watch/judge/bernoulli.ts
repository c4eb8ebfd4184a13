import { Evidence } from './evidence.ts';

/** The alternatives as multiples of the tolerated odds. With several, an unknown regression costs little more. */
export const worse: readonly number[] = [1.15, 1.35, 1.6, 2.5, 4, 8, 16, 40, 120, 500];
export const better: readonly number[] = [0.02, 0.1, 0.25, 0.5, 0.75];

/** The rate at a multiple of another rate's odds: about the multiple of a rare rate, and never more than 1. */
export const oddsTimes = (rate: number, multiple: number) => (rate * multiple) / (1 - rate + rate * multiple);

/** Requests of one version in one interval, and how many of them were bad. */
export interface Share {
  readonly n: number;
  readonly bad: number;
}

/**
 * Tests a rate against `line` on counts: with `worse` for a rate over it, with `better` for a rate under it.
 * It is Wald's likelihood ratio, mixed over the alternatives (Robbins 1970).
 */
export class RateTest {
  readonly evidence: Evidence;
  readonly #bad: readonly number[];
  readonly #good: readonly number[];

  /**
   * The log ratio is divided by `dispersion` (quasi-likelihood: McCullagh and Nelder 1989, chapter 9).
   * An e-value to a power below one stays an e-value (Jensen).
   */
  constructor(line: number, dispersion: number, multiples: readonly number[] = worse) {
    const rates = multiples.map((multiple) => oddsTimes(line, multiple));
    this.evidence = new Evidence(multiples.length);
    this.#bad = rates.map((rate) => Math.log(rate / line) / dispersion);
    this.#good = rates.map((rate) => Math.log((1 - rate) / (1 - line)) / dispersion);
  }

  add({ n, bad }: Share, mass: number): void {
    this.evidence.add((index) => bad * (this.#bad[index] as number) + (n - bad) * (this.#good[index] as number), mass);
  }
}
