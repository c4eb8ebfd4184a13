export type Signal = 'errors' | 'latency' | 'cpu' | 'memory' | 'traffic';

/** One version at one moment: its error probability, its latency and its memory relative to the baseline. */
export interface Behaviour {
  readonly errors: number;
  readonly slowdown?: number;
  readonly memory?: number;
}

export interface Fault {
  readonly name: string;
  /** The signal that a right rollback names. It is missing for releases that must be kept. */
  readonly signal?: Signal;
  /** The candidate `t` seconds after the release, if the baseline fails with probability `p0`. */
  behaves(t: number, p0: number): Behaviour;
  /** Traffic and baseline error rates that differ from the common grid. */
  readonly requestsPerSecond?: readonly number[];
  readonly baselines?: readonly number[];
  /** The error rate of both versions for one minute at a random moment. */
  readonly sharedBlip?: number;
  /** The number of errors that come at once to one version, as retries of one failure do. */
  readonly errorsAtOnce?: number;
  /** The standard deviation of each version's own noise, in the logarithm of its error level, new in each bucket. */
  readonly ownNoise?: number;
  /** True if the fault is also drawn with a shared, fluctuating error level. */
  readonly overdispersed?: boolean;
}

function stepTo(p1: number): Fault {
  return {
    name: `step ${+(100 * p1).toFixed(1)} %`,
    signal: 'errors',
    behaves: (_t, p0) => ({ errors: Math.max(p0, p1) }),
    overdispersed: true,
  };
}

function slowdown(factor: number): Fault {
  return { name: `latency ×${factor}`, signal: 'latency', behaves: (_t, p0) => ({ errors: p0, slowdown: factor }) };
}

/** A service that already fails more than 2 % of its requests (R-WATCH-3) when the fix arrives. */
function alreadyRed(what: string, after: number, before = 0.05): Fault {
  const worse = after > before ? { signal: 'errors' as const } : {};
  return { name: `red, ${what}`, ...worse, baselines: [before], behaves: () => ({ errors: after }), overdispersed: true };
}

/** All kinds of release that the benchmark plays, the innocent ones first. */
export const faults: readonly Fault[] = [
  { name: 'none', behaves: (_t, p0) => ({ errors: p0 }), overdispersed: true },
  { name: 'shared blip', behaves: (_t, p0) => ({ errors: p0 }), sharedBlip: 0.05 },
  { name: 'low traffic', behaves: (_t, p0) => ({ errors: p0 }), requestsPerSecond: [0.1] },
  { name: 'errors in bursts', behaves: (_t, p0) => ({ errors: p0 }), errorsAtOnce: 5 },
  { name: 'noise of its own', behaves: (_t, p0) => ({ errors: p0 }), ownNoise: 0.3 },
  alreadyRed('fixed', 0.002),
  alreadyRed('better', 0.03),
  alreadyRed('not fixed', 0.05),
  alreadyRed('worse', 0.15),
  alreadyRed('somewhat worse', 0.08),
  alreadyRed('nearly dead', 0.8, 0.5),
  stepTo(0.015),
  stepTo(0.03),
  stepTo(0.05),
  stepTo(0.5),
  { name: 'ramp to 10 %', signal: 'errors', behaves: (t, p0) => ({ errors: p0 + (0.1 - p0) * Math.min(1, t / 600) }) },
  { name: 'flapping 10 %', signal: 'errors', behaves: (t, p0) => ({ errors: t % 120 < 20 ? 0.1 : p0 }) },
  slowdown(2),
  slowdown(4),
  { name: 'leak', signal: 'memory', behaves: (t, p0) => ({ errors: p0, memory: (1.5 * t) / 60 }) },
];
