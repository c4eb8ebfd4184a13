/** ln √(2π) as a literal: bundlers keep a module that calls a function when it is loaded. */
const LOG_SQRT_2_PI = 0.9189385332046728;
/** From here on the Stirling series below is exact to 16 digits. */
const LARGE = 12;

/** The error of Stirling's formula for the log of the gamma function at a large x (Abramowitz and Stegun 6.1.41). */
function stirlingError(x: number): number {
  const square = x * x;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - (1 / 1188 - 691 / 360360 / square) / square) / square) / square) / square) / x;
}

/** The log of the gamma function of a positive number. */
function logGamma(x: number): number {
  let [shifted, product] = [x, 1];
  for (; shifted < LARGE; shifted++) product *= shifted;
  return LOG_SQRT_2_PI + (shifted - 0.5) * Math.log(shifted) - shifted + stirlingError(shifted) - Math.log(product);
}

/** The log of the beta function, without cancellation if a number is large (as R's `lbeta`). */
export function logBeta(a: number, b: number): number {
  const [p, q] = a < b ? [a, b] : [b, a];
  if (q < LARGE) return logGamma(p) + logGamma(q) - logGamma(p + q);
  const correction = stirlingError(q) - stirlingError(p + q);
  const rest = (q - 0.5) * Math.log1p(-p / (p + q));
  if (p < LARGE) return logGamma(p) + correction + p - p * Math.log(p + q) + rest;
  return LOG_SQRT_2_PI - Math.log(q) / 2 + stirlingError(p) + correction + (p - 0.5) * Math.log(p / (p + q)) + q * Math.log1p(-p / (p + q));
}

/** The continued fraction of the incomplete beta function, by Lentz's method (DLMF 8.17.22). */
function fraction(x: number, a: number, b: number): number {
  let [c, d] = [1, 1 / (1 - ((a + b) * x) / (a + 1))];
  let value = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    for (const term of [even, odd]) {
      d = 1 / (1 + term * d);
      c = 1 + term / c;
      value *= c * d;
    }
    if (Math.abs(c * d - 1) < Number.EPSILON) break;
  }
  return value;
}

/** If Newton's last step was this small a share of x or of 1 - x, the next one changes no digit of a double. */
const CLOSE = 1e-9;

/** The chance that a beta variable is under x. A search asks for many x, so the caller computes the constant once. */
function chanceUnder(x: number, a: number, b: number, logConstant: number): number {
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logConstant);
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b;
}

/**
 * The quantile of the beta distribution (R's `qbeta`), by Newton's steps.
 * If a step would leave the interval that holds the root, it is a bisection.
 */
export function betaQuantile(p: number, a: number, b: number): number {
  if (p <= 0 || p >= 1) return p <= 0 ? 0 : 1;
  const logConstant = logBeta(a, b);
  let [low, high, x] = [0, 1, a / (a + b)];
  for (let step = 0; step < 200 && high - low > Number.EPSILON * high; step++) {
    const over = chanceUnder(x, a, b, logConstant) - p;
    if (over > 0) high = x;
    else low = x;
    const density = Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - logConstant);
    const newton = x - over / density;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (next === newton && Math.abs(next - x) <= CLOSE * Math.min(x, 1 - x)) return next;
    x = next;
  }
  return x;
}
