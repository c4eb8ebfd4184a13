import { betaQuantile } from '#watch/judge/numerics/beta';
import type { Share } from './bernoulli.ts';

/** One-sided upper limit of a proportion at a confidence (Clopper and Pearson, 1934). */
export const upperLimit = ({ n, bad }: Share, confidence: number) => (bad >= n ? 1 : betaQuantile(confidence, bad + 1, n - bad));

/** One-sided lower limit of a proportion at a confidence (Clopper and Pearson, 1934). */
export const lowerLimit = ({ n, bad }: Share, confidence: number) => (bad <= 0 ? 0 : betaQuantile(1 - confidence, bad, n - bad + 1));
