import { type Share, worse } from './bernoulli.ts';
import { Evidence } from './evidence.ts';

/**
 * Tests the candidate's rate against `tolerance` times the old version's, whatever fluctuation both share, by which side bad requests fall on:
 * ln L(rho) = k ln(rho/r) + (k+l) ln((r w + 1)/(rho w + 1)) with w = n/m (Lindon and Malek: Anytime-Valid Inference for Multinomial Count
 * Data, NeurIPS 2022). Its mean is at most 1 for any rates, also large and changing ones, by the inequality of the means (as in Turner, Ly,
 * Grünwald: Generic E-variables for exact sequential k-sample tests, 2024).
 */
export class TwoArmTest {
  readonly evidence: Evidence;
  readonly #tolerance: number;
  readonly #multiples: readonly number[];
  readonly #logs: readonly number[];

  constructor(tolerance: number, multiples: readonly number[] = worse) {
    this.evidence = new Evidence(multiples.length);
    this.#tolerance = tolerance;
    this.#multiples = multiples;
    this.#logs = multiples.map(Math.log);
  }

  add(candidate: Share, baseline: Share, mass: number): void {
    const weight = (this.#tolerance * candidate.n) / baseline.n;
    const both = candidate.bad + baseline.bad;
    this.evidence.add((index) => {
      if (both === 0) return 0;
      const multiple = this.#multiples[index] as number;
      return candidate.bad * (this.#logs[index] as number) + both * Math.log((weight + 1) / (multiple * weight + 1));
    }, mass);
  }
}
