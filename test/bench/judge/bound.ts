/** Answers the divergence of Bernoulli(p1) from Bernoulli(p0) in nats a request. */
export function divergence(p1: number, p0: number): number {
  return p1 * Math.log(p1 / p0) + (1 - p1) * Math.log((1 - p1) / (1 - p0));
}

/**
 * Answers how many seconds any test with false alarms α needs on average to tell p1 from p0: E[N] ≥ ln(1/α) / KL(p1‖p0) requests on the new version
 * (Wald 1945; METHODS 3.5).
 */
export function shortestDelay(alpha: number, p1: number, p0: number, requestsPerSecond: number): number {
  return Math.log(1 / alpha) / divergence(p1, p0) / requestsPerSecond;
}
