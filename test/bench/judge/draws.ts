export type Random = () => number;

const stirlingTable = [
  0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211, 0.0138761288230707,
  0.0118967099458917, 0.010411265261972, 0.00925546218271273, 0.00833056343336287,
];

/** Computes ln(k!) minus Stirling's approximation (Hörmann 1993, "The generation of binomial random variates", 2). */
function stirlingTail(k: number): number {
  const known = stirlingTable[k];
  if (known !== undefined) return known;
  const square = (k + 1) * (k + 1);
  return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1);
}

/** Draws a standard normal (Box and Muller 1958). */
export function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Draws the successes in `n` trials of probability `p`: by inversion if the mean is below 10, otherwise by BTRS. */
export function drawBinomial(random: Random, n: number, p: number): number {
  if (n <= 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - drawBinomial(random, n, 1 - p);
  return n * p < 10 ? invertBinomial(random, n, p) : rejectBinomial(random, n, p);
}

function invertBinomial(random: Random, n: number, p: number): number {
  const odds = p / (1 - p);
  let mass = (1 - p) ** n;
  let rest = random();
  let k = 0;
  while (rest > mass && k < n) {
    rest -= mass;
    k += 1;
    mass *= (odds * (n - k + 1)) / k;
  }
  return k;
}

/** Draws by transformed rejection with squeeze (Hörmann 1993, algorithm BTRS), for n·p ≥ 10. */
function rejectBinomial(random: Random, n: number, p: number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const squeeze = 0.92 - 4.2 / b;
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + n * p + 0.5);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || k > n) continue;
    const scaled = Math.log((v * (2.83 + 5.1 / b) * spread) / (a / (us * us) + b));
    if (scaled <= binomialLogRatio(n, p, k)) return k;
  }
}

/** Computes the logarithm of the mass at k divided by the mass at the mode. */
function binomialLogRatio(n: number, p: number, k: number): number {
  const mode = Math.floor((n + 1) * p);
  const odds = p / (1 - p);
  const atMode = (mode + 0.5) * Math.log((mode + 1) / (odds * (n - mode + 1))) + stirlingTail(mode) + stirlingTail(n - mode);
  const between = (n + 1) * Math.log((n - mode + 1) / (n - k + 1));
  const atK = (k + 0.5) * Math.log((odds * (n - k + 1)) / (k + 1));
  return atMode + between + atK - stirlingTail(k) - stirlingTail(n - k);
}

/** Draws a Poisson number: by inversion if the mean is below 10, otherwise by PTRS. */
export function drawPoisson(random: Random, mean: number): number {
  if (mean <= 0) return 0;
  return mean < 10 ? invertPoisson(random, mean) : rejectPoisson(random, mean);
}

function invertPoisson(random: Random, mean: number): number {
  let mass = Math.exp(-mean);
  let rest = random();
  let k = 0;
  while (rest > mass && mass > 0) {
    rest -= mass;
    k += 1;
    mass *= mean / k;
  }
  return k;
}

/**
 * Draws by transformed rejection with squeeze
 * (Hörmann 1993, "The transformed rejection method for generating Poisson random variables").
 */
function rejectPoisson(random: Random, mean: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2)) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const scaled = Math.log(v * inverseAlpha) - Math.log(a / (us * us) + b);
    if (scaled <= k * Math.log(mean) - mean - logFactorial(k)) return k;
  }
}

function logFactorial(k: number): number {
  return (k + 0.5) * Math.log(k + 1) - (k + 1) + 0.5 * Math.log(2 * Math.PI) + stirlingTail(k);
}
