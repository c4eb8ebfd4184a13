/** Computes the divergence KL(p1‖p0) of two Bernoulli distributions, in nats for one request. */
export function divergence(p1: number, p0: number): number {
  return p1 * Math.log(p1 / p0) + (1 - p1) * Math.log((1 - p1) / (1 - p0));
}

/**
 * Computes the seconds that any test with false-alarm rate α needs on average to distinguish p1 from p0.
 * It needs E[N] ≥ ln(1/α) / KL(p1‖p0) requests on the new version (Wald 1945).
 */
export function shortestDelay(alpha: number, p1: number, p0: number, requestsPerSecond: number): number {
  return Math.log(1 / alpha) / divergence(p1, p0) / requestsPerSecond;
}
