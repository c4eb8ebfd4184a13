import { Evidence } from './evidence.ts';

/** How many times the tolerated odds the alternatives are: an unknown regression costs little more than a known one. */
export const worse: readonly number[] = [1.15, 1.35, 1.6, 2.5, 4, 8, 16, 40, 120, 500];
export const better: readonly number[] = [0.02, 0.1, 0.25, 0.5, 0.75];

/** The rate whose odds are so many times those of another: of rare events so many times the rate, and never beyond 1. */
export const oddsTimes = (rate: number, multiple: number) => (rate * multiple) / (1 - rate + rate * multiple);

/** Requests of one version in one interval, and how many of them were bad. */
export interface Share {
  readonly n: number;
  readonly bad: number;
}

/**
 * Tests a rate against `line` on counts: with the alternatives `worse` whether it is over, with `better` whether it is under (Wald's
 * likelihood ratio, mixed over alternatives: Robbins 1970). The log ratio is divided by `dispersion` (quasi-likelihood: McCullagh and Nelder
 * 1989, chapter 9); an e-value to a power below one stays one (Jensen).
 */
export class RateTest {
  readonly evidence: Evidence;
  readonly #bad: readonly number[];
  readonly #good: readonly number[];

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
