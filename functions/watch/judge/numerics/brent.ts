const epsilon = Number.EPSILON;

/**
 * Finds the root of a function between two points of opposite sign, to `tolerance`.
 * It is Brent's `zeroin` (1973), step by step as R's `uniroot` takes it.
 */
export function findRoot(f: (x: number) => number, from: number, to: number, tolerance: number, maxSteps = 1000): number {
  let [a, fa, b, fb] = [from, f(from), to, f(to)];
  let [c, fc] = [a, fa];
  for (let step = 0; step <= maxSteps; step++) {
    const previous = b - a;
    if (Math.abs(fc) < Math.abs(fb)) [a, fa, b, fb, c, fc] = [b, fb, c, fc, b, fb];
    const least = 2 * epsilon * Math.abs(b) + tolerance / 2;
    const bisection = (c - b) / 2;
    if (Math.abs(bisection) <= least || fb === 0) return b;
    const trusted = Math.abs(previous) >= least && Math.abs(fa) > Math.abs(fb);
    const move = trusted ? interpolate({ a, fa, b, fb, c, fc }, previous, bisection, least) : bisection;
    [a, fa] = [b, fb];
    b += Math.abs(move) >= least ? move : move > 0 ? least : -least;
    fb = f(b);
    if (fb > 0 === fc > 0 && fb !== 0 && fc !== 0) [c, fc] = [a, fa];
  }
  return b;
}

type Points = Record<'a' | 'fa' | 'b' | 'fb' | 'c' | 'fc', number>;

/** Inverse quadratic interpolation (linear if two points coincide), unless bisection is the safer step. */
function interpolate({ a, fa, b, fb, c, fc }: Points, previous: number, bisection: number, least: number): number {
  const width = c - b;
  const s = fb / fa;
  let [p, q] = [width * s, 1 - s];
  if (a !== c) {
    const [u, v] = [fa / fc, fb / fc];
    p = s * (width * u * (u - v) - (b - a) * (v - 1));
    q = (u - 1) * (v - 1) * (s - 1);
  }
  if (p > 0) q = -q;
  else p = -p;
  return p < 0.75 * width * q - Math.abs(least * q) / 2 && p < Math.abs((previous * q) / 2) ? p / q : bisection;
}
