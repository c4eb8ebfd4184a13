import { oddsTimes, type Share, worse } from './bernoulli.ts';
import { Evidence } from './evidence.ts';

/** The rates of both versions under one alternative. */
interface Hypotheses {
  readonly candidate: number;
  readonly baseline: number;
}

/**
 * Tests the candidate's rate against `tolerance` times the old version's; fluctuation that both share does not count.
 * Turner, Ly, Grünwald: Generic E-variables for exact sequential k-sample tests, 2024.
 */
export class TwoArmTest {
  readonly evidence: Evidence;
  readonly #tolerance: number;
  /** The fluctuation that the versions do not share. It divides the log ratio, as in {@link RateTest}. */
  readonly #dispersion: number;
  readonly #alternatives: readonly Hypotheses[];

  /** `level` is the old version's usual rate. It sharpens the test, and the test is valid at any level. */
  constructor(tolerance: number, level: number, multiples: readonly number[] = worse, dispersion = 1) {
    const baseline = Math.min(0.5, Math.max(1e-6, level));
    this.#tolerance = tolerance;
    this.#dispersion = dispersion;
    const line = Math.min(0.99, tolerance * baseline);
    this.#alternatives = multiples.map((multiple) => ({ candidate: Math.min(0.999, oddsTimes(line, multiple)), baseline }));
    this.evidence = new Evidence(multiples.length);
  }

  /**
   * Compares a block's likelihood under each alternative with that under the nearest null (p, p/tolerance).
   * Under every null the mean is at most 1, by the inequality of the means.
   */
  add(candidate: Share, baseline: Share, mass: number): void {
    this.evidence.add((index) => {
      const alternative = this.#alternatives[index] as Hypotheses;
      // For rare events this is the test on where errors fall.
      // Lindon and Malek: Anytime-Valid Inference for Multinomial Count Data, NeurIPS 2022.
      const shared = nearestNull(alternative, candidate.n, baseline.n, this.#tolerance);
      const ofCandidate = logRatio(candidate, alternative.candidate, Math.min(1 - 1e-9, this.#tolerance * shared));
      return (ofCandidate + logRatio(baseline, alternative.baseline, shared)) / this.#dispersion;
    }, mass);
  }
}

const logRatio = ({ n, bad }: Share, rate: number, nullRate: number) =>
  (bad === 0 ? 0 : bad * Math.log(rate / nullRate)) + (n - bad) * Math.log((1 - rate) / (1 - nullRate));

/**
 * The old version's rate q in the null (r q, q) with the least divergence from the alternative.
 * It solves n (a - r q)/(1 - r q) + m (b - q)/(1 - q) = 0.
 */
function nearestNull({ candidate, baseline }: Hypotheses, n: number, m: number, tolerance: number): number {
  const square = tolerance * (n + m);
  const linear = n * (candidate + tolerance) + m * (1 + tolerance * baseline);
  const constant = n * candidate + m * baseline;
  return (2 * constant) / (linear + Math.sqrt(Math.max(0, linear * linear - 4 * square * constant)));
}
